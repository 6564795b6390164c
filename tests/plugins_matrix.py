"""`--payments-matrix`: print which gateway went through what. A test says with `@cell("…")` what it proves.

A cell is filled by tests that ran against the gateway's stand-in, by as many as say so; what cannot happen to a gateway
is said here with its reason. A test that a subclass replaces proves the same as the one it replaces.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

CELLS = (
    "success",
    "decline",
    "abandon",
    "late",
    "duplicate",
    "reordered",
    "forged",
    "amount mismatch",
    "refund",
    "partial refund",
    "refund failure",
    "provider down",
    "killed",
)
GATEWAYS = (
    "stripe",
    "paypal",
    "alipay",
    "wechat_pay",
    "antom",
    "sandbox_card",
    "bank_transfer",
    "cash_on_delivery",
    "gift_card",
    "store_credit",
)
_NOBODY_SAYS_NO = "nobody is asked: money comes or it does not"
_BY_HAND = "staff send the money themselves and note it after it went"
_NO_MESSAGES = "no messages: staff note what their bank shows, under a key"
_NO_CALL = "nobody outside is called: what is noted is one transaction"
_OFFLINE = {
    "decline": _NOBODY_SAYS_NO,
    "reordered": _NO_MESSAGES,
    "refund failure": _BY_HAND,
    "provider down": _NO_CALL,
    "killed": _NO_CALL,
}
_OWN_BOOK = "the shop's own ledger: spent in the order's transaction, or not at all"
_GIFT_CARD = {
    "late": _OWN_BOOK,
    "reordered": _OWN_BOOK,
    "refund failure": "the balance is the shop's own: nobody can refuse to take it back",
    "provider down": _NO_CALL,
    "killed": _NO_CALL,
}
_GIVEN_ONLY = "given by refunds; no order is paid with it, so nothing of it is charged"
_STORE_CREDIT = {
    **_GIFT_CARD,
    **dict.fromkeys(("success", "decline", "abandon", "forged", "late", "reordered"), _GIVEN_ONLY),
}
NOT_APPLICABLE: Mapping[tuple[str, str], str] = {
    (gateway, name): reason
    for gateway, reasons in (
        ("bank_transfer", _OFFLINE),
        ("cash_on_delivery", _OFFLINE),
        ("gift_card", _GIFT_CARD),
        ("store_credit", _STORE_CREDIT),
    )
    for name, reason in reasons.items()
}
Results = Mapping[tuple[str, str], list[bool]]


def cell(*names: str, gateway: str = "") -> pytest.MarkDecorator:
    """Mark a test that proves these cells, for the gateway of its class or for the one named."""
    assert set(names) <= set(CELLS), names
    return pytest.mark.cell(*names, gateway=gateway)


def marks_of(cls: type, name: str) -> list[pytest.Mark]:
    """Return the marks of a test of a class and of those it replaces."""
    found = []
    for base in cls.__mro__:
        found += [mark for mark in getattr(base.__dict__.get(name), "pytestmark", ()) if mark.name == "cell"]
    return found


def proved_by(item: pytest.Item) -> set[tuple[str, str]]:
    """Return the cells (gateway, name) that a test proves."""
    cls, name = getattr(item, "cls", None), getattr(item, "originalname", item.name)
    marks = {id(mark): mark for mark in item.iter_markers("cell")}
    if cls is not None:
        marks |= {id(mark): mark for mark in marks_of(cls, name)}
    code = getattr(cls, "code", "")
    return {(mark.kwargs.get("gateway") or code, name) for mark in marks.values() for name in mark.args}


def table(results: Results) -> str:
    """Return the matrix as text: how many tests proved a cell, FAILED, "–" where it cannot happen, "?" for a gap."""
    widths = {name: max(len(name), 6) for name in CELLS}
    first = max(map(len, GATEWAYS))
    lines = ["  ".join(["".ljust(first), *(name.rjust(widths[name]) for name in CELLS)])]
    for gateway in GATEWAYS:
        told = [_told(results.get((gateway, name)), (gateway, name)).rjust(widths[name]) for name in CELLS]
        lines.append("  ".join([gateway.ljust(first), *told]))
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (gateway, name), reason in NOT_APPLICABLE.items():
        reasons[name, reason].append(gateway)
    notes = [f"– {name}, {', '.join(gateways)}: {reason}" for (name, reason), gateways in reasons.items()]
    return "\n".join([*lines, "", *notes])


def _told(outcomes: list[bool] | None, where: tuple[str, str]) -> str:
    if outcomes:
        return str(len(outcomes)) if all(outcomes) else "FAILED"
    return "–" if where in NOT_APPLICABLE else "?"


def figures(results: Results) -> dict[str, int]:
    """Return the counts of cells: proved, failed, not applicable, and those that nothing proves."""
    wanted = [(gateway, name) for gateway in GATEWAYS for name in CELLS]
    proved = [where for where in wanted if results.get(where) and all(results[where])]
    failed = [where for where in wanted if results.get(where) and not all(results[where])]
    excused = [where for where in wanted if not results.get(where) and where in NOT_APPLICABLE]
    return {
        "cells": len(wanted),
        "proved": len(proved),
        "failed": len(failed),
        "not_applicable": len(excused),
        "missing": len(wanted) - len(proved) - len(failed) - len(excused),
        "tests": sum(len(outcomes) for outcomes in results.values()),
    }


class Matrix:
    """Gathers what came of each test, here or in the processes of xdist."""

    def __init__(self) -> None:
        self.results: dict[tuple[str, str], list[bool]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and not report.failed:
            return
        for name, value in report.user_properties:
            if name == "cell":
                gateway, _, where = str(value).partition("/")
                self.results[gateway, where].append(report.passed)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.write_sep("=", "payments")
        terminalreporter.write_line(table(self.results))
        terminalreporter.write_line(json.dumps(figures(self.results)))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        found = figures(self.results)
        if found["failed"] or found["missing"]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--payments-matrix", action="store_true", help="print which gateway went through what")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("payments_matrix"):
        config.pluginmanager.register(Matrix(), "payments-matrix")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("payments_matrix"):
        return
    proving: list[pytest.Item] = []
    for item in items:
        cells: Iterable[tuple[str, str]] = sorted(proved_by(item))
        item.user_properties += [("cell", f"{gateway}/{name}") for gateway, name in cells]
        if cells:
            proving.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in set(proving)])
    items[:] = proving
