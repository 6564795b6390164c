"""Every check that needs no running shop, one line each; what fails is shown in full."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
DJADE = str(Path(sys.executable).with_name("djade"))


def django_templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "duli").glob("**/templates/**/*.html"))]


def checks() -> list[tuple[str, Sequence[str]]]:
    """Return the checks as (what it says, command)."""
    manage = [PYTHON, "manage.py"]
    every: list[tuple[str, Sequence[str]]] = [
        # The longest first, so that the others are done beside it.
        ("types", [PYTHON, "-m", "mypy"]),
        ("style", [PYTHON, "-m", "ruff", "check", "."]),
        ("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        ("import contracts", [str(Path(PYTHON).with_name("lint-imports"))]),
        ("project", [*manage, "check", "--fail-level", "WARNING"]),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        ("translations", [PYTHON, "tools/messages.py", "check"]),
    ]
    if templates := django_templates():
        every.append(("templates", [DJADE, "--target-version", "5.2", "--check", *templates]))
    return every


def run() -> bool:
    """Run every check, two at a time; True if all hold."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DULI_DATA_DIR": folder, "DULI_DATABASE_URL": ""}

        def tried(name: str, command: Sequence[str]) -> bool:
            started = time.monotonic()
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                check=False,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            holds = done.returncode == 0
            said = f"{'ok  ' if holds else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)\n"
            # One piece, so that two checks do not speak at once.
            sys.stdout.write(said if holds else f"{said}{done.stdout}\n")
            sys.stdout.flush()
            return holds

        with ThreadPoolExecutor(2) as both:
            waiting = [both.submit(tried, *check) for check in checks()]
        return all(check.result() for check in waiting)


if __name__ == "__main__":
    if "--fix-templates" in sys.argv:
        if found := django_templates():
            subprocess.run([DJADE, "--target-version", "5.2", *found], cwd=ROOT, check=False)
        sys.exit()
    sys.exit(0 if run() else 1)
