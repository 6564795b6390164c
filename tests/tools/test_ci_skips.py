"""Where CI=true, a skip fails the run, unless it names the shared data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared_data import REASON

ROOT = Path(__file__).resolve().parent.parent.parent


def exit_code(tmp_path: Path, body: str, ci: str) -> int:
    (tmp_path / "test_it.py").write_text(f"import pytest\ndef test_it():\n    {body}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugins_ci", "-p", "no:django", str(tmp_path)]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "DULI_SHARED_DATA": str(tmp_path / "nothing")}
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("body", "ci", "code"),
    [
        ("pass", "true", 0),
        ("pytest.skip('no browser')", "", 0),
        ("pytest.skip('no browser')", "true", 1),
        (f"pytest.skip('{REASON}')", "true", 0),
        ("from tests.shared_data import shared; shared('shopify/x.csv')", "true", 0),
    ],
)
def test_a_skip_counts_as_failure_in_ci(tmp_path: Path, body: str, ci: str, code: int) -> None:
    assert exit_code(tmp_path, body, ci) == code
