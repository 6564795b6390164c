"""Prices of a currency that come from a rate and a rounding, unless they are fixed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.assortment.detail import product_detail
from duli.commerce.assortment.offers import cheapest
from duli.commerce.pricing import selectors, services
from duli.commerce.pricing.models import ExchangeRate, PriceRange
from duli.commerce.pricing.rounding import CONVERTED, Conversion, Rounding, rounded
from duli.commerce.pricing.types import PriceInput
from duli.platform.audit.models import AuditEntry
from duli.platform.store.changes import reset_caches
from tests import factories

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "USD"])
AMOUNTS = st.decimals(0, 10**11, places=4)
MARKET = {
    "name": "Europe", "countries": ["DE"], "language": "en", "prices_include_tax": True, "actor": "user:1",
}  # fmt: skip


@given(AMOUNTS, AMOUNTS, CURRENCIES, st.sampled_from(CONVERTED))
def test_what_is_dearer_stays_at_least_as_dear(one: Decimal, two: Decimal, currency: str, rule: Rounding) -> None:
    low, high = sorted([one, two])
    assert rounded(low, currency, rule) <= rounded(high, currency, rule)


@given(AMOUNTS, CURRENCIES, st.sampled_from(CONVERTED))
def test_a_rounded_price_stays_a_price_and_is_rounded_once(amount: Decimal, currency: str, rule: Rounding) -> None:
    price = rounded(amount, currency, rule)
    assert (price > 0) == (amount > 0)
    assert rounded(Decimal(price), currency, rule) == price
    # Never further away than one step, the smallest price apart.
    step = {Rounding.TO_5: 5, Rounding.TO_10: 10}.get(rule, 1) * 1000 if currency == "KWD" else 1000
    assert abs(price - amount) <= step


@pytest.mark.parametrize(
    ("minor", "currency", "rule", "price"),
    [
        (1234, "EUR", Rounding.NONE, 1234),
        (1234, "EUR", Rounding.ENDS_99, 1199),
        (1250, "EUR", Rounding.ENDS_99, 1299),
        (1234, "EUR", Rounding.ENDS_95, 1195),
        (1249, "EUR", Rounding.WHOLE, 1200),
        (1250, "EUR", Rounding.WHOLE, 1300),
        (1249, "EUR", Rounding.TO_5, 1000),
        (1250, "EUR", Rounding.TO_5, 1500),
        (120, "EUR", Rounding.TO_10, 1000),
        (3, "EUR", Rounding.ENDS_99, 99),
        (1234, "JPY", Rounding.ENDS_99, 1199),
        (1234, "JPY", Rounding.TO_10, 1230),
        (1234, "JPY", Rounding.WHOLE, 1234),
        (12345, "KWD", Rounding.ENDS_95, 11950),
        (0, "EUR", Rounding.ENDS_99, 0),
    ],
)
def test_prices_end_as_the_merchant_chose(minor: int, currency: str, rule: Rounding, price: int) -> None:
    assert rounded(Decimal(minor), currency, rule) == price


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.decimals("0.0001", 5000, places=8), st.sampled_from(CONVERTED))
def test_a_former_price_stays_higher_or_goes(price: int, more: int, rate: Decimal, rule: Rounding) -> None:
    after, former = Conversion("CNY", "EUR", rate, rule).reduction(price, price + more)
    assert former is None or former > after


@pytest.fixture
def europe(db: None) -> None:
    factories.shop()
    services.save_selling(code="eu", currency="EUR", rate=Decimal("0.13"), rounding="ends_99", **MARKET)  # type: ignore[arg-type]
    reset_caches()


@pytest.mark.django_db
def test_every_face_shows_the_same_computed_price(europe: None) -> None:
    item = factories.product(price=12800, sizes=["S", "M"])
    small, medium = (factories.variant_of(item, index).pk for index in range(2))
    services.set_prices(prices=[PriceInput(medium, "CNY", 20000, 30000)])
    reset_caches()
    shown = selectors.prices([small, medium], "EUR", now())
    # 128.00 yuan are 16.64 euros, 200.00 are 26.00, and 300.00 are 39.00.
    assert shown[small].price == Money(1699, "EUR")
    assert (shown[medium].price, shown[medium].compare_at) == (Money(2599, "EUR"), Money(3899, "EUR"))
    low, high, *_ = selectors.price_ranges([item.pk], "EUR", now())[item.pk]
    assert (low, high) == (Money(1699, "EUR"), Money(2599, "EUR"))
    assert cheapest(None, "EUR")[item.pk] == cheapest([item.pk], "EUR")[item.pk] == 1699
    detail = product_detail(item.handle, language="en", currency="EUR")
    assert detail is not None
    assert [variant.price for variant in detail.variants] == [Money(1699, "EUR"), Money(2599, "EUR")]


@pytest.mark.django_db
def test_a_fixed_price_wins_and_a_listing_knows_both_kinds(europe: None) -> None:
    item = factories.product(price=12800, sizes=["S", "M"])
    small, medium = (factories.variant_of(item, index).pk for index in range(2))
    services.set_prices(prices=[PriceInput(medium, "EUR", 4950)])
    reset_caches()
    assert selectors.prices([small, medium], "EUR", now())[medium].price == Money(4950, "EUR")
    # The cheaper variant has no price of its own: the listing must not say "from 49.50".
    low, high, *_ = selectors.price_ranges([item.pk], "EUR", now())[item.pk]
    assert (low, high) == (Money(1699, "EUR"), Money(4950, "EUR"))
    assert cheapest(None, "EUR")[item.pk] == 1699
    assert PriceRange.objects.get(product=item, price_list__currency="EUR").variant_count == 1
    services.set_prices(prices=[PriceInput(small, "EUR", 2000)])
    assert selectors.price_ranges([item.pk], "EUR", now())[item.pk][0] == Money(2000, "EUR")


@pytest.mark.django_db
def test_a_new_rate_counts_from_now_on_and_the_old_one_stays_known(europe: None) -> None:
    variant = factories.variant_of(factories.product(price=10000)).pk
    services.save_selling(code="eu", currency="EUR", rate=Decimal("0.2"), rounding="none", **MARKET)  # type: ignore[arg-type]
    reset_caches()
    assert selectors.prices([variant], "EUR", now())[variant].price == Money(2000, "EUR")
    assert ExchangeRate.objects.filter(quote="EUR").count() == 2
    entry = AuditEntry.objects.filter(reference="currency:EUR").order_by("-pk")[0]
    assert entry.changes["rounding"] == ["ends_99", "none"]
    # Saved again unchanged, nothing is written.
    services.save_selling(code="eu", currency="EUR", rate=Decimal("0.2"), rounding="none", **MARKET)  # type: ignore[arg-type]
    assert ExchangeRate.objects.filter(quote="EUR").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "rounding"), [("EUR", "nines"), ("EUR", "nonsense"), ("XXY", "none")])
def test_what_is_no_currency_or_rounding_changes_nothing(europe: None, currency: str, rounding: str) -> None:
    with pytest.raises(InvalidInput):
        services.save_selling(code="xx", currency=currency, rate=None, rounding=rounding, **MARKET)  # type: ignore[arg-type]
    assert selectors.roundings()["EUR"] == Rounding.ENDS_99
