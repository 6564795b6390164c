"""A provider's bill beside what the shop has recorded: what does not fit comes first, and only what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from duli.base import clock
from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.payments import services as payments
from duli.commerce.payments.gateway import GatewayEvent, GatewayUnavailable
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, PaymentEvent
from duli.commerce.reconciliation.bill_reads import bill_on_page, bills
from duli.commerce.reconciliation.comparing import Known, Movement, differences_of_bill, missing_from_bills
from duli.commerce.reconciliation.models import BillDifference, ProviderBill
from duli.commerce.reconciliation.services import (
    bills_to_fetch,
    explain_difference,
    fetch_bill,
    fetch_due,
    reopen_difference,
)
from duli.platform.store.changes import reset_caches
from tests.plugins.card_page import CardPageProvider
from tests.plugins.gateway_conformance import published

pytestmark = pytest.mark.django_db
CODE = "sandbox_card"
DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
movements = st.lists(
    st.builds(
        Movement,
        kind=st.sampled_from(["captured", "refunded"]),
        token=st.sampled_from(["", "a", "b"]),
        transaction_id=st.sampled_from(["1", "2", "3"]),
        amount=st.builds(Money, st.integers(1, 3), st.sampled_from(["CNY", "USD"])),
    ),
    max_size=6,
    unique_by=lambda entry: (entry.kind, entry.transaction_id),
)


@given(movements)
def test_the_same_on_both_sides_is_no_difference(told: list[Movement]) -> None:
    assert not list(differences_of_bill(told, Known(told)))
    assert not list(missing_from_bills(told, Known(told)))


@given(movements, movements)
def test_each_difference_is_told_once(theirs: list[Movement], ours: list[Movement]) -> None:
    keys = [found.key for found in differences_of_bill(theirs, Known(ours))]
    keys += [found.key for found in missing_from_bills(ours, Known(theirs))]
    assert len(keys) == len(set(keys))


@pytest.fixture
def page(settings: Settings) -> Iterator[CardPageProvider]:
    provider = CardPageProvider()
    settings.PUBLIC_URL = provider.mailbox.url
    payments.save_gateway(code=CODE, enabled=True, values=provider.values())
    reset_caches()
    yield provider
    provider.shut_down()


@pytest.fixture
def at(page: CardPageProvider) -> Iterator[Any]:
    """Set the clock of the shop and of the card page."""
    real = datetime.now(UTC)
    frozen = []

    def set_to(instant: datetime) -> None:
        while frozen:
            frozen.pop().__exit__(None, None, None)
        page.offset = (instant - real).total_seconds()
        manager = clock.frozen(instant)
        manager.__enter__()
        frozen.append(manager)

    set_to(NOON)
    yield set_to
    while frozen:
        frozen.pop().__exit__(None, None, None)


def paid(page: CardPageProvider, reference: str = "order:7", minor: int = 12900) -> PaymentCollection:
    collection = payments.open_collection(
        reference=reference,
        amount=Money(minor, "CNY"),
        method_code=CODE,
        return_url="/orders/abc",
        language="en",
        label=reference.partition(":")[2],
    )
    page.pay(collection, payments.start(collection_id=collection.pk, idempotency_key="k"))
    payments.return_from_gateway(token=collection.attempts.get().token)
    collection.refresh_from_db()
    assert collection.captured_minor == minor
    return collection


def fetch(at: Any, *days: date) -> list[ProviderBill]:
    at(datetime(2026, 3, 14, 12, tzinfo=UTC))
    return [fetch_bill(gateway=CODE, day=day) for day in days]


def around() -> list[date]:
    return [DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)]


def test_a_day_that_agrees(page: CardPageProvider, at: Any) -> None:
    collection = paid(page)
    payments.refund(collection_id=collection.pk, amount=Money(900, "CNY"), actor="user:1", idempotency_key="r")
    fetch(at, *around())
    assert not BillDifference.objects.exists()
    [_, bill, _] = bills()[0]
    assert (bill.movements, bill.open_differences) == (2, 0)
    assert ([*bill.came], [*bill.went], [*bill.fees]) == (
        [Money(12900, "CNY")],
        [Money(900, "CNY")],
        [Money(288, "CNY")],
    )


def test_money_that_the_shop_never_heard_of(page: CardPageProvider, at: Any) -> None:
    collection = paid(page)
    PaymentEvent.objects.filter(collection=collection).delete()
    [bill] = fetch(at, DAY)
    [difference] = bill.differences.all()
    assert (difference.kind, difference.theirs_minor, difference.ours_minor) == ("missing_here", 12900, None)
    assert published("reconciliation.bill_differs")[0]["count"] == 1


def test_another_amount(page: CardPageProvider, at: Any) -> None:
    collection = paid(page)
    PaymentEvent.objects.filter(collection=collection, kind="captured").update(amount_minor=12800)
    [bill] = fetch(at, DAY)
    [difference] = bill.differences.all()
    assert (difference.kind, difference.theirs_minor, difference.ours_minor) == ("amount", 12900, 12800)
    assert (difference.reference, difference.label) == ("order:7", "7")


def test_money_that_no_bill_names_is_told_once_the_days_beside_are_here(page: CardPageProvider, at: Any) -> None:
    collection = paid(page)
    page.server.get_app().store._connection.execute("DELETE FROM movement")
    fetch(at, *around()[:2])
    assert not BillDifference.objects.exists()
    fetch(at, around()[2])
    [difference] = BillDifference.objects.all()
    assert (difference.kind, difference.bill.day, difference.ours_minor) == ("missing_there", DAY, 12900)
    assert difference.reference == collection.reference


def test_money_on_the_day_beside_is_not_missing(page: CardPageProvider, at: Any) -> None:
    """The provider booked it after midnight, the shop heard before."""
    paid(page)
    store = page.server.get_app().store
    store._connection.execute("UPDATE movement SET at = at + 86400")
    fetch(at, *around())
    assert not BillDifference.objects.exists()


def test_fetched_again_a_difference_that_is_none_any_more_goes_and_an_explained_one_stays(
    page: CardPageProvider, at: Any
) -> None:
    collection = paid(page)
    PaymentEvent.objects.filter(collection=collection, kind="captured").update(amount_minor=12800)
    fetch(at, DAY)
    fetch(at, DAY)
    [difference] = BillDifference.objects.all()
    with pytest.raises(InvalidInput):
        explain_difference(difference_id=difference.pk, note="  ", actor="user:1")
    for _ in range(2):
        explain_difference(difference_id=difference.pk, note="Rounded by the bank", actor="user:1")
    PaymentEvent.objects.filter(collection=collection, kind="captured").update(amount_minor=12900)
    fetch(at, DAY)
    view, [kept], _ = bill_on_page(difference.bill_id)
    assert (kept.state, kept.note, view.open_differences, view.explained) == ("explained", "Rounded by the bank", 0, 1)
    reopen_difference(difference_id=difference.pk, actor="user:1")
    fetch(at, DAY)
    assert not BillDifference.objects.exists()
    assert ProviderBill.objects.count() == 1


def test_refund_that_came_back_is_no_difference_whether_the_bill_has_it_twice_or_not_at_all(
    page: CardPageProvider, at: Any
) -> None:
    collection = paid(page)
    for key in ("r1", "r2"):
        payments.refund(collection_id=collection.pk, amount=Money(900, "CNY"), actor="user:1", idempotency_key=key)
    named, silent = collection.refunds.order_by("pk")
    attempt = collection.attempts.get()
    for row in (named, silent):
        came_back = GatewayEvent(
            f"back:{row.pk}", "refund_failed", attempt.token, Money(900, "CNY"), row.external_id, error_code="x"
        )
        payments.record_event(provider=CODE, event=came_back)
    store = page.server.get_app().store
    store._connection.execute("DELETE FROM movement WHERE id = ?", (silent.external_id,))
    store._connection.execute(
        "INSERT INTO movement (merchant, kind, id, reference, amount, currency, at)"
        " SELECT merchant, 'refund_failed', id, reference, amount, currency, at FROM movement WHERE id = ?",
        (named.external_id,),
    )
    fetch(at, *around())
    assert not BillDifference.objects.exists()
    assert ProviderBill.objects.get(day=DAY).movements_count == 3


def test_what_was_practised_is_not_in_the_bill_of_real_keys(page: CardPageProvider, at: Any) -> None:
    collection = paid(page)
    PaymentAttempt.objects.filter(collection=collection).update(test_mode=True)
    [bill] = fetch(at, DAY)
    assert bill.differences.get().kind == "missing_here"


def test_the_last_week_is_fetched_and_what_is_not_ready_later(page: CardPageProvider, at: Any) -> None:
    paid(page)
    at(datetime(2026, 3, 12, 3, tzinfo=UTC))
    wanted = bills_to_fetch()
    assert [day for _, day, _ in wanted] == [date(2026, 3, 5) + timedelta(days=step) for step in range(7)]
    page.go_away()
    assert fetch_due() == 0
    page.come_back()
    assert fetch_due() == 7
    assert fetch_due() == 0
    with pytest.raises(InvalidInput):
        fetch_bill(gateway=CODE, day=date(2026, 3, 12))
    with pytest.raises(NotFound):
        fetch_bill(gateway="cash_on_delivery", day=DAY)
    page.go_away()
    with pytest.raises(GatewayUnavailable):
        fetch_bill(gateway=CODE, day=DAY)
    page.come_back()
