"""Counts the SQL statements of a page in a process that is warm, as a running shop is.

`python -m tools.bench.statements /products/x /search?q=y` prints one JSON object: path → [status, statements].
"""

from __future__ import annotations

import json
import os
import sys


def main(paths: list[str]) -> None:
    os.environ["DULI_PAGE_CACHE"] = "0"
    from duli.cli import setup

    setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    counts = {}
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            status = client.get(path).status_code
        counts[path] = [status, len(captured)]
    print(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1:])
