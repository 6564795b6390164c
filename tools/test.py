"""`make test`: lint, unit tests on both databases, concurrency on both, and the flows in a real browser.

Installs on Debian and Ubuntu, as root, what is missing; elsewhere it uses what is there and says plainly what it
could not try. With CI=true nothing may be missing and nothing skipped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tools import judges, lint, services
from tools.setup import say

ROOT = Path(__file__).resolve().parent.parent
APART = ["tests/flows", "tests/concurrency"]
# No stage takes half as long on two slow cores; one that does hangs.
STAGE_SECONDS = 15 * 60


class Run:
    """The stages of one run and how they ended."""

    def __init__(self) -> None:
        self.results: list[tuple[str, bool, float]] = []
        self.skipped: list[str] = []

    def stage(self, name: str, holds: bool, started: float) -> None:
        self.results.append((name, holds, time.monotonic() - started))

    def skip(self, what: str) -> None:
        self.skipped.append(what)
        say(f"SKIPPED: {what}")

    def pytest(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], *, workers: int = 2) -> None:
        say(name)
        started = time.monotonic()
        # Workers with a database of their own each. Whoever is done takes from the others' rest, and the ten that took
        # longest are named.
        spread = ["-n", str(workers), "--dist", "worksteal", "--durations=10", "--durations-min=2"]
        command = [sys.executable, "-m", "pytest", "-q", *spread, *arguments]
        # A session of its own, so that what a stuck test has started goes with it.
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, start_new_session=True)
        try:
            code = process.wait(STAGE_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"{name}: stuck for {STAGE_SECONDS // 60} minutes, given up")
            code = 1
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        # 5: nothing collected. A folder without tests has nothing that could break.
        self.stage(name, code in {0, 5}, started)

    def report(self) -> int:
        print()
        for name, holds, seconds in self.results:
            print(f"{'ok  ' if holds else 'FAIL'} {name} ({seconds:.0f} s)")
        for what in self.skipped:
            print(f"{'FAIL' if services.nothing_may_be_skipped() else 'skip'} {what}")
        failed = not all(holds for _, holds, _ in self.results)
        return 1 if failed or (self.skipped and services.nothing_may_be_skipped()) else 0


def on_a_database(run: Run, name: str, environment: Mapping[str, str], *, again: bool = False) -> None:
    # What may ask no database, or opens one of its own, holds on the second one as it does on the first.
    only = ["--only-with-database"] if again else []
    run.pytest(f"unit tests on {name}", ["tests", *(f"--ignore={folder}" for folder in APART), *only], environment)
    run.pytest(f"concurrency on {name}", ["tests/concurrency", *only], environment)


def main() -> int:
    run = Run()
    missing = services.install_missing_programs()
    say("lint")
    started = time.monotonic()
    run.stage("lint", lint.run(), started)
    for name in judges.missing():
        run.skip(f"what the judge {name!r} says: its packages could not be installed")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="duli-test-"))
        environment = {
            "DULI_DATA_DIR": folder,
            "DULI_DATABASE_URL": "",
            "DULI_CHROMIUM": services.chromium(),
            # Dozens of processes load the same modules: let the first one keep what it compiled.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        if "redis" in missing:
            run.skip("tests against Redis: redis-server is not installed")
        else:
            environment["DULI_TEST_REDIS_URL"] = stack.enter_context(services.redis())
        on_a_database(run, "SQLite", environment)
        if "postgresql" in missing:
            run.skip("every test on PostgreSQL: it is not installed")
        else:
            url = os.environ.get("DULI_TEST_DATABASE_URL") or stack.enter_context(services.postgres())
            on_a_database(run, "PostgreSQL", {**environment, "DULI_DATABASE_URL": url}, again=True)
        if "chromium" in missing:
            run.skip("browser flows: no Chromium is installed")
        else:
            if "fonts" in missing:
                say("No Chinese font is installed: screenshots of the flows will show boxes")
            # A third one, because these mostly wait for each other: browser, shop, test.
            run.pytest("browser flows", ["tests/flows"], environment, workers=3)
    return run.report()


if __name__ == "__main__":
    sys.exit(main())
