from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from duli.base.clock import frozen, now
from duli.base.money import Money
from duli.commerce.pricing import selectors, services
from duli.commerce.pricing.models import PriceRange
from duli.commerce.pricing.types import InvalidPrice, Place, PriceInput
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def test_a_currency_without_prices_of_its_own_is_converted() -> None:
    variant = factories.variant_of(factories.product(price=10000))
    assert selectors.prices([variant.pk], "EUR", now()) == {}
    services.save_exchange_rate(base="EUR", quote="CNY", rate=Decimal("8"), valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    assert selectors.prices([variant.pk], "EUR", now())[variant.pk].price == Money(1250, "EUR")
    with frozen(datetime(2025, 12, 31, tzinfo=UTC)):
        assert selectors.prices([variant.pk], "EUR", now()) == {}


@pytest.mark.parametrize(("minor", "former"), [(-1, None), (10**18, None), (100, 100), (100, 50)])
def test_a_price_that_makes_no_sense_is_not_stored(minor: int, former: int | None) -> None:
    variant = factories.variant_of(factories.product(price=5000))
    with pytest.raises(InvalidPrice):
        services.set_prices(prices=[PriceInput(variant.pk, "CNY", 1), PriceInput(variant.pk, "CNY", minor, former)])
    assert selectors.prices([variant.pk], "CNY", now())[variant.pk].price == Money(5000, "CNY")


def test_listings_follow_the_cheapest_and_dearest_variant() -> None:
    item = factories.product(price=5000, sizes=["S", "M", "L"])
    small, _, large = (factories.variant_of(item, index).pk for index in range(3))
    services.set_prices(prices=[PriceInput(small, "CNY", 4000, 6000), PriceInput(large, "CNY", 9000)])
    assert selectors.price_ranges([item.pk], "CNY", now())[item.pk] == (
        Money(4000, "CNY"),
        Money(9000, "CNY"),
        Money(6000, "CNY"),
        Money(5000, "CNY"),
    )
    assert PriceRange.objects.filter(product=item).count() == 2


def test_tax_is_data_with_validity_and_place() -> None:
    for region, rate, since in [
        ("", "0.05", date(2020, 1, 1)),
        ("", "0.06", date(2026, 1, 1)),
        ("CA", "0.09", date(2020, 1, 1)),
    ]:
        services.save_tax_rate(country="US", region=region, name="Sales tax", rate=Decimal(rate), valid_from=since)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert selectors.taxes_for(Place("US", "NY"), at)["standard"].rate == Decimal("0.06")
    assert selectors.taxes_for(Place("US", "CA"), at)["standard"].rate == Decimal("0.09")
    assert selectors.taxes_for(Place("US", "NY"), datetime(2025, 6, 1, tzinfo=UTC))["standard"].rate == Decimal("0.05")
    assert selectors.taxes_for(Place("DE", ""), at) == {}
