"""Answers which version of a package this judge is; `question` is its name."""

import json
import sys
from importlib.metadata import version

print(json.dumps(version(json.load(sys.stdin))))
