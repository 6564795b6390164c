"""Where `CI=true`, a skipped test fails the run: what CI does not try, nobody tries.

The only exception is a skip because the shared data folder is absent (tests/shared_data.py).
"""

from __future__ import annotations

import os

import pytest

from tests.shared_data import REASON

_skipped: list[tuple[str, str]] = []


def forbids_skips() -> bool:
    return os.environ.get("CI", "").strip().lower() in {"1", "true", "yes"}


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if REASON not in reason:
        _skipped.append((report.nodeid, reason))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    # A worker of xdist only reports; the process that everybody reports to decides.
    is_worker = hasattr(session.config, "workerinput")
    if _skipped and forbids_skips() and not is_worker and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped and forbids_skips():
        terminalreporter.section("skipped where nothing may be skipped (CI=true)", red=True)
        for name, reason in _skipped:
            terminalreporter.write_line(f"{name}: {reason}", red=True)
