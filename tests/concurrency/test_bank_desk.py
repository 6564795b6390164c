"""Many hands at the bank desk: money on a statement counts once, whoever accepts it and however often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from duli.commerce.orders.models import Order
from duli.commerce.payments.references import transfer_reference
from duli.commerce.reconciliation import locks, services
from duli.commerce.reconciliation.models import StatementLine, StatementMatch
from duli.commerce.reconciliation.types import Part
from tests import factories
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def owed() -> tuple[Order, StatementLine]:
    factories.shop()
    order = factories.order()
    text = transfer_reference(order.payment_collection_id or 0)
    body = f"Date,Amount,Details\n2026-11-02,{order.total_minor / 100:.2f},{text}\n"
    services.read_statement(content=body.encode(), name="bank.csv", actor="user:1", currency="CNY")
    return order, StatementLine.objects.get()


def accept(order: Order, line: StatementLine) -> Callable[[int], object]:
    def act(number: int) -> object:
        return services.match(line_id=line.pk, parts=[Part(order.pk, order.total_minor)], actor=f"user:{number}")

    return act


def captured(order: Order) -> int:
    collection = Order.objects.select_related("payment_collection").get(pk=order.pk).payment_collection
    assert collection is not None
    return collection.captured_minor


def test_a_line_that_many_accept_counts_once() -> None:
    order, line = owed()
    assert all_hands(accept(order, line)) == {"done": 1, "nothing_left": HANDS - 1}
    assert captured(order) == order.total_minor
    assert StatementMatch.objects.count() == 1


def test_without_the_lock_it_counts_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: every one decides by what it read before anybody wrote."""
    order, line = owed()
    monkeypatch.setattr(locks, "lock_line", lambda _key: line.__class__(**_values(line)))
    all_hands(accept(order, line))
    assert captured(order) > order.total_minor


def _values(line: StatementLine) -> dict[str, object]:
    return {field.attname: getattr(line, field.attname) for field in line._meta.concrete_fields}


def test_all_sure_ones_pressed_by_many_and_undone_by_many() -> None:
    order, _line = owed()
    all_hands(lambda number: services.match_sure(actor=f"user:{number}"))
    assert captured(order) == order.total_minor
    match = StatementMatch.objects.get()
    all_hands(lambda number: services.undo_match(match_id=match.pk, actor=f"user:{number}"))
    assert captured(order) == 0
    assert StatementLine.objects.get().matched_minor == 0


def test_the_same_file_brought_by_many_is_kept_once() -> None:
    factories.shop()
    body = "Date,Amount,Name\n" + "".join(f"2026-11-02,{place}.00,A\n" for place in range(1, 30))
    outcomes = all_hands(
        lambda number: services.read_statement(
            content=body.encode(), name="bank.csv", actor=f"user:{number}", currency="CNY"
        )
    )
    assert outcomes == {"done": HANDS}
    assert StatementLine.objects.count() == 29
