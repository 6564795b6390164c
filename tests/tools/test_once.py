"""The second database is asked only by tests that may ask one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = """
import pytest

@pytest.fixture
def db(): pass

@pytest.fixture
def shop(db): pass

@pytest.fixture
def django_db_blocker(): pass

@pytest.fixture(autouse=True)
def guard(django_db_blocker): pass

def test_sums(): pass

def test_rows(shop): pass

def test_migrations(django_db_blocker): pass

@pytest.mark.django_db
def test_marked(): pass
"""


def test_what_may_ask_no_database_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = django_db\n")
    command = [sys.executable, "-m", "pytest", "-vv", "-p", "tests.plugins_once", "-p", "no:django"]
    done = subprocess.run(
        [*command, "--only-with-database", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert [name for name in ("sums", "rows", "migrations", "marked") if f"test_{name} PASSED" in done.stdout] == [
        "rows", "migrations", "marked",
    ]  # fmt: skip
    assert "1 deselected" in done.stdout
