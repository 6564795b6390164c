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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tools import judges, lint, services
from tools.setup import say

ROOT = Path(__file__).resolve().parent.parent
APART = ["tests/flows", "tests/concurrency"]
# No stage takes as long on two slow cores, not even beside other work; one that does hangs.
STAGE_SECONDS = 25 * 60


@dataclass(frozen=True, slots=True)
class Stage:
    """One call of pytest, its tests spread over `workers` with a database of their own each."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    workers: int = 2


class Running:
    """A stage under way."""

    def __init__(self, stage: Stage, *, told_later: bool) -> None:
        self.stage = stage
        self.started = time.monotonic()
        # Whoever is done takes from the others' rest, and the ten that took longest are named.
        spread = ["-n", str(stage.workers), "--dist", "worksteal", "--durations=10", "--durations-min=2"]
        command = [sys.executable, "-m", "pytest", "-q", *spread, *stage.arguments]
        # A file rather than a pipe: nobody reads while the first stage runs.
        self.output = tempfile.TemporaryFile() if told_later else None  # noqa: SIM115
        # A session of its own, so that what a stuck test has started goes with it.
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **stage.environment},
            start_new_session=True,
            stdout=self.output,
            stderr=subprocess.STDOUT if told_later else None,
        )

    def finish(self) -> tuple[bool, float]:
        """Wait for the end; return whether all held and how many seconds it took since both began."""
        left = self.started + STAGE_SECONDS - time.monotonic()
        try:
            code = self.process.wait(max(1, left))
        except subprocess.TimeoutExpired:
            say(f"{self.stage.name}: stuck for {STAGE_SECONDS // 60} minutes, given up")
            code = 1
        self.kill()
        if self.output is not None:
            say(self.stage.name)
            self.output.seek(0)
            print(self.output.read().decode(errors="replace"), flush=True)
            self.output.close()
        # 5: nothing collected. A folder without tests has nothing that could break.
        return code in {0, 5}, time.monotonic() - self.started

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


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

    def pytest(self, *stages: Stage) -> None:
        """Run stages at the same time; what all but the first one say is told when they have ended."""
        say(" and ".join(stage.name for stage in stages))
        running = [Running(stage, told_later=place > 0) for place, stage in enumerate(stages)]
        try:
            for entry in running:
                self.results.append((entry.stage.name, *entry.finish()))
        finally:
            for entry in running:
                entry.kill()

    def report(self) -> int:
        print()
        for name, holds, seconds in self.results:
            print(f"{'ok  ' if holds else 'FAIL'} {name} ({seconds:.0f} s)")
        for what in self.skipped:
            print(f"{'FAIL' if services.nothing_may_be_skipped() else 'skip'} {what}")
        failed = not all(holds for _, holds, _ in self.results)
        return 1 if failed or (self.skipped and services.nothing_may_be_skipped()) else 0


def on_a_database(
    run: Run, name: str, environment: Mapping[str, str], races: Mapping[str, str], *, again: bool
) -> None:
    """Run what asks a database; the races, which mostly wait for each other, beside it on one of their own."""
    # What may ask no database, or opens one of its own, holds on the second one as it does on the first.
    only = ["--only-with-database"] if again else []
    apart = [f"--ignore={folder}" for folder in APART]
    run.pytest(
        Stage(f"unit tests on {name}", ["tests", *apart, *only], environment),
        Stage(f"concurrency on {name}", ["tests/concurrency", *only], {**environment, **races}, workers=1),
    )


def main() -> int:
    run = Run()
    missing = services.install_missing_programs()
    say("lint")
    started = time.monotonic()
    with ThreadPoolExecutor(1) as beside:
        # Their packages come over the network meanwhile.
        absent = beside.submit(judges.missing)
        run.stage("lint", lint.run(), started)
    for name in absent.result():
        run.skip(f"what the judge {name!r} says: its packages could not be installed")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="duli-test-"))
        environment = {
            "DULI_DATA_DIR": folder,
            "DULI_DATABASE_URL": "",
            "DULI_TEST_TEMPLATES": folder,
            "DULI_CHROMIUM": services.chromium_for_flows(),
            # Dozens of processes load the same modules: let the first one keep what it compiled.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        if "redis" in missing:
            run.skip("tests against Redis: redis-server is not installed")
        else:
            environment["DULI_TEST_REDIS_URL"] = stack.enter_context(services.redis())
        races = {"DULI_DATA_DIR": f"{folder}/races"}
        on_a_database(run, "SQLite", environment, races, again=False)
        if "postgresql" in missing:
            run.skip("every test on PostgreSQL: it is not installed")
        else:
            url = os.environ.get("DULI_TEST_DATABASE_URL") or stack.enter_context(services.postgres())
            # The part behind the last slash names the database, whatever options follow.
            address, question, options = url.partition("?")
            races["DULI_DATABASE_URL"] = f"{address}_races{question}{options}"
            on_a_database(run, "PostgreSQL", {**environment, "DULI_DATABASE_URL": url}, races, again=True)
        if "chromium" in missing:
            run.skip("browser flows: no Chromium is installed")
        else:
            if "fonts" in missing:
                say("No Chinese font is installed: screenshots of the flows will show boxes")
            # A third one, because these mostly wait for each other: browser, shop, test.
            run.pytest(Stage("browser flows", ["tests/flows"], environment, workers=3))
    return run.report()


if __name__ == "__main__":
    sys.exit(main())
