"""50 invoices issued at once, every fifth given up at the last moment: no number is missing or there twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from duli.base.ids import new_token
from duli.commerce.orders import locks
from duli.commerce.orders.models import Document, DocumentSeries, Order
from duli.commerce.orders.services import issue_invoice
from tests import factories

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

AT_ONCE = 50


class GivenUp(Exception):
    pass


def _orders(count: int) -> list[int]:
    """Many copies of one order."""
    factories.shop()
    order = factories.order()
    made = []
    for number in range(count):
        order.pk = None
        order.token, order.idempotency_key, order.number = new_token(), f"copy:{number}", f"C{number}"
        order.payment_collection_id = None
        order.save(force_insert=True)
        made.append(order.pk)
    return made


def _at_once(order_ids: list[int], act: Callable[[int, int], None]) -> list[BaseException]:
    failed: list[BaseException] = []
    gate = threading.Barrier(len(order_ids))

    def run(place: int, order_id: int) -> None:
        try:
            gate.wait(60)
            act(place, order_id)
        except GivenUp:
            pass
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(order_ids)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failed


def test_parallel_issues_leave_no_gap_and_no_duplicate() -> None:
    def issue(place: int, order_id: int) -> None:
        with transaction.atomic():
            issue_invoice(order_id=order_id, actor=factories.ACTOR)
            if place % 5 == 0:
                raise GivenUp

    assert _at_once(_orders(AT_ONCE), issue) == []
    numbers = sorted(Document.objects.values_list("number", flat=True))
    assert numbers == list(range(1, AT_ONCE * 4 // 5 + 1))
    assert DocumentSeries.objects.get().next_number == len(numbers) + 1
    assert Order.objects.filter(documents__isnull=False).distinct().count() == len(numbers)


def test_without_the_lock_the_same_numbers_are_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = _orders(20)
    issue_invoice(order_id=orders.pop(), actor=factories.ACTOR)
    # Everybody has looked at the counter before anybody writes, as a read without a lock allows.
    seen = DocumentSeries.objects.get().next_number

    def unguarded(kind: str, prefix: str) -> DocumentSeries:
        series = DocumentSeries.objects.get(kind=kind)
        series.next_number = seen
        return series

    monkeypatch.setattr(locks, "lock_series", unguarded)
    failed = _at_once(orders, lambda _place, order_id: issue_invoice(order_id=order_id, actor=factories.ACTOR) and None)
    assert failed
    assert all(isinstance(error, IntegrityError) for error in failed)
