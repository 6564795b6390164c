"""The matrix of payments has a row for every gateway, and its table says what came of each test."""

from __future__ import annotations

import pytest

from duli.commerce.payments.gateway import gateways
from tests.plugins_matrix import CELLS, GATEWAYS, NOT_APPLICABLE, cell, figures, marks_of, table


class Base:
    @cell("refund", "partial refund")
    def test_refund(self) -> None: ...


class Derived(Base):
    def test_refund(self) -> None: ...


def test_every_gateway_has_a_row() -> None:
    # Cards and credit are the shop's own money: no plugin takes them.
    assert set(GATEWAYS) == {code for code, _gateway in gateways} | {"gift_card", "store_credit"}


def test_a_replaced_test_proves_what_the_other_proved() -> None:
    assert [mark.args for mark in marks_of(Derived, "test_refund")] == [("refund", "partial refund")]
    with pytest.raises(AssertionError):
        cell("refunds")


def test_table_names_gaps_failures_and_reasons() -> None:
    results = {("stripe", "success"): [True, True], ("stripe", "late"): [True, False]}
    drawn = table(results)
    [stripe] = [line.split() for line in drawn.splitlines() if line.startswith("stripe")]
    assert stripe[1:5] == ["2", "?", "?", "FAILED"]
    assert "– decline, bank_transfer, cash_on_delivery: nobody is asked" in drawn
    found = figures(results)
    assert found["missing"] == len(GATEWAYS) * len(CELLS) - 2 - len(NOT_APPLICABLE)
    assert (found["proved"], found["failed"], found["tests"]) == (1, 1, 4)
