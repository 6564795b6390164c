"""Asking an SDK that we did not write: a script of ours runs in the SDK's own environment and answers as JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import judges

SCRIPTS = Path(__file__).parent / "scripts"
PATIENCE_SECONDS = 120


def ask(judge: str, script: str, question: Any) -> Any:
    """Run scripts/<script>.py with the judge's Python: `question` on its standard input, its JSON answer back.

    Skips plainly where the judge is not installed; where CI=true that fails the run.
    """
    if not judges.is_ready(judge):
        pytest.skip(f"the judge {judge!r} is not installed (python -m tools.judges {judge})")
    # -P: a script may be called as the package that it asks.
    command = [str(judges.python_of(judge)), "-P", "-W", "ignore", str(SCRIPTS / f"{script}.py")]
    ran = subprocess.run(
        command, input=json.dumps(question).encode(), capture_output=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")
    # An SDK may print what it likes; the last line is the answer.
    return json.loads(ran.stdout.splitlines()[-1])
