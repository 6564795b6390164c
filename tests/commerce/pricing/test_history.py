"""The history of prices, and what may be called a reduction (30-day lowest price)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.clock import frozen
from duli.base.money import Money
from duli.commerce.pricing import selectors, services
from duli.commerce.pricing.history import WINDOW, PastPrice, announced_at, lowest_before, shown_former
from duli.commerce.pricing.models import Price, PriceChange, PriceRange
from duli.commerce.pricing.types import PriceInput
from tests import factories

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def put(pk: int, at: datetime, minor: int, compare_at: int | None = None, *, imported: bool = False) -> None:
    with frozen(at):
        services.set_prices(prices=[PriceInput(pk, "CNY", minor, compare_at)], actor="user:7", imported=imported)


def shown(pk: int) -> int | None:
    view = selectors.prices([pk], "CNY", START)[pk]
    former = shown_former(view.price, view.compare_at, view.lowest_before, checked=True)
    return former.minor if former else None


@pytest.fixture
def variant(db: None) -> int:
    factories.shop()
    with frozen(START):
        return factories.variant_of(factories.product(price=10000)).pk


def test_every_change_is_a_row_and_the_same_price_again_is_none(variant: int) -> None:
    put(variant, START + DAY, 10000)
    put(variant, START + 2 * DAY, 9000)
    rows = PriceChange.objects.filter(variant_id=variant, price_list__currency="CNY").order_by("pk")
    assert list(rows.values_list("minor", "actor")) == [(10000, ""), (9000, "user:7")]
    assert [row.minor for row in selectors.price_history(variant_id=variant) if row.price_list.currency == "CNY"] == [
        9000,
        10000,
    ]


def test_a_reduction_is_measured_by_the_lowest_of_the_thirty_days_before(variant: int) -> None:
    put(variant, START + 40 * DAY, 9000)
    put(variant, START + 50 * DAY, 10000)
    put(variant, START + 60 * DAY, 8000, 12000)
    assert Price.objects.get(variant_id=variant, price_list__currency="CNY").lowest_before_minor == 9000
    assert shown(variant) == 9000
    at = START + 70 * DAY
    assert selectors.lowest_price_30_days(variant, "CNY", at) == Money(9000, "CNY")
    # A year later it is still the same reduction, measured by the days before it began.
    assert selectors.lowest_price_30_days(variant, "CNY", at + 365 * DAY) == Money(9000, "CNY")


@pytest.mark.parametrize(
    ("ended", "lowest"), [(WINDOW, 10000), (WINDOW - timedelta(microseconds=1), 5000), (WINDOW + DAY, 10000)]
)
def test_a_price_that_ended_exactly_thirty_days_before_is_outside(variant: int, ended: timedelta, lowest: int) -> None:
    reduced = START + 90 * DAY
    put(variant, reduced - 60 * DAY, 5000)
    put(variant, reduced - ended, 10000)
    put(variant, reduced, 8000, 10000)
    assert selectors.lowest_price_30_days(variant, "CNY", reduced) == Money(lowest, "CNY")
    assert shown(variant) == (10000 if lowest == 10000 else None)


def test_a_price_raised_to_be_lowered_is_no_reduction(variant: int) -> None:
    put(variant, START + 40 * DAY, 15000)
    put(variant, START + 45 * DAY, 10000, 15000)
    assert shown(variant) is None
    put(variant, START + 46 * DAY, 9900, 15000)
    assert shown(variant) == 10000


def test_several_reductions_in_a_row_are_each_measured_by_the_one_before(variant: int) -> None:
    put(variant, START + 40 * DAY, 9000, 10000)
    assert shown(variant) == 10000
    put(variant, START + 45 * DAY, 8000, 10000)
    assert shown(variant) == 9000
    # Correcting only the former price does not begin anew: the 8000 itself is not what it is measured by.
    put(variant, START + 50 * DAY, 8000, 11000)
    assert shown(variant) == 9000
    # Going up again within the sale is not a reduction at all.
    put(variant, START + 55 * DAY, 8500, 10000)
    assert shown(variant) is None


def test_a_former_price_put_beside_an_old_price_later_is_no_reduction(variant: int) -> None:
    put(variant, START + 40 * DAY, 10000, 12000)
    assert shown(variant) is None


def test_only_an_import_may_bring_its_former_price_along(db: None) -> None:
    factories.shop()
    claimed, brought = (factories.variant_of(factories.product(price=1)).pk for _ in range(2))
    PriceChange.objects.all().delete()
    Price.objects.all().delete()
    put(claimed, START, 8000, 10000)
    put(brought, START, 8000, 10000, imported=True)
    assert (shown(claimed), shown(brought)) == (None, 10000)
    assert selectors.lowest_price_30_days(brought, "CNY", START) == Money(10000, "CNY")
    # Later imports are changes like any other.
    put(brought, START + 40 * DAY, 8000)
    put(brought, START + 80 * DAY, 8000, 20000, imported=True)
    assert shown(brought) is None


def test_listings_carry_it_for_their_cheapest_variant(variant: int) -> None:
    put(variant, START + 40 * DAY, 8000, 20000)
    row = PriceRange.objects.get(product__variants=variant, price_list__currency="CNY")
    assert (row.minimum_minor, row.compare_at_minor, row.lowest_before_minor) == (8000, 20000, 10000)


def test_another_currency_is_converted(variant: int) -> None:
    from decimal import Decimal

    services.save_exchange_rate(base="EUR", quote="CNY", rate=Decimal("8"), valid_from=START)
    put(variant, START + 40 * DAY, 8000, 20000)
    at = START + 41 * DAY
    view = selectors.prices([variant], "EUR", at)[variant]
    assert (view.price, view.lowest_before) == (Money(1000, "EUR"), Money(1250, "EUR"))
    assert selectors.lowest_price_30_days(variant, "EUR", at) == Money(1250, "EUR")


changes = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 50), st.none() | st.integers(51, 90)), min_size=1, max_size=12
)


@given(changes)
def test_what_is_kept_with_the_price_is_what_the_whole_history_says(entries: list[tuple[int, int, int | None]]) -> None:
    """The window found from the end of the history is the one that day by day looking finds."""
    hours = sorted({hour for hour, _, _ in entries})
    history = [
        PastPrice(START + hour * DAY, minor, compare) for hour, (_, minor, compare) in zip(hours, entries, strict=False)
    ]
    start = announced_at(history)
    if history[-1].compare_at_minor is None:
        assert start is None
        return
    assert start is not None

    def price_at(instant: datetime) -> int | None:
        past = [entry.minor for entry in history if entry.since <= instant]
        return past[-1] if past else None

    days = [price_at(start - WINDOW + half * DAY / 2) for half in range(60)]
    assert lowest_before(history, start) == min((day for day in days if day is not None), default=None)
    assert price_at(start) == history[-1].minor
