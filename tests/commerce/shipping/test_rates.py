from __future__ import annotations

from decimal import Decimal

import pytest

from duli.base.money import Money
from duli.commerce.pricing.rounding import Conversion
from duli.commerce.shipping import selectors, services
from duli.commerce.shipping.carriers import tracking_url
from duli.commerce.shipping.types import Parcel
from duli.platform.store import services as store
from duli.platform.store.changes import reset_caches

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _zones(db: None) -> None:
    store.save_store(name="x", default_language="zh-hans", default_currency="CNY")
    china = services.save_zone(name="China", countries=["CN"])
    far = services.save_zone(name="Far west", countries=["CN"], regions=["新疆维吾尔自治区"], position=0)
    china.position = 1
    china.save()
    services.save_zone(name="World", countries=["*"], position=2)
    services.save_method(
        zone_id=china.pk, code="weight", name="按重量", basis="weight",
        rates={"CNY": [{"from": 0, "minor": 1000}, {"from": 1000, "minor": 1800}, {"from": 30000, "minor": None}]},
        free_over={"CNY": 20000},
    )  # fmt: skip
    services.save_method(
        zone_id=china.pk, code="count", name="按件", basis="quantity",
        rates={"CNY": [{"from": 1, "minor": 500}, {"from": 3, "minor": 900}]}, position=1,
    )  # fmt: skip
    services.save_method(zone_id=far.pk, code="slow", name="慢", rates={"CNY": [{"from": 0, "minor": 3000}]})


def rates(
    region: str = "浙江省", country: str = "CN", weight: int = 500, value: int = 5000, quantity: int = 1
) -> dict[str, int]:
    parcel = Parcel(weight, Money(value, "CNY"), quantity)
    found = selectors.rates(country=country, region=region, parcel=parcel, language="zh-hans")
    return {rate.code: rate.price.minor for rate in found}


def test_ladders_by_weight_and_by_count() -> None:
    assert rates() == {"weight": 1000, "count": 500}
    assert rates(weight=999) == {"weight": 1000, "count": 500}
    assert rates(weight=1000, quantity=3) == {"weight": 1800, "count": 900}
    assert rates(weight=30000) == {"count": 500}


def test_free_from_a_value_on() -> None:
    assert rates(value=19999)["weight"] == 1000
    assert rates(value=20000)["weight"] == 0


def test_a_region_beats_its_country_and_a_zone_without_methods_serves_nobody() -> None:
    assert rates(region="新疆维吾尔自治区") == {"slow": 3000}
    assert rates(country="DE", region="") == {}


@pytest.mark.django_db(transaction=True)
def test_a_switched_off_method_is_gone_at_once() -> None:
    zone = selectors.zone_for("CN", "浙江省")
    assert zone is not None
    services.save_method(zone_id=zone.pk, code="count", name="按件", is_active=False)
    assert "count" not in rates()


def test_tracking_links_are_built_from_safe_parts() -> None:
    assert tracking_url("nobody", "1") == ""
    link = tracking_url("ups", "1Z 999&x=<script>")
    assert link.startswith("https://")
    assert "<" not in link
    assert " " not in link


def test_a_method_without_a_price_in_the_currency_of_the_market_has_it_converted() -> None:
    world = selectors.zone_for("US", "")
    assert world is not None
    services.save_method(
        zone_id=world.pk,
        code="ladder",
        name="Ladder",
        basis="price",
        rates={"CNY": [{"from": 0, "minor": 7000}, {"from": 70000, "minor": 3500}]},
        free_over={"CNY": 140000},
    )
    reset_caches()
    convert = Conversion("CNY", "USD", Decimal("0.14"))

    def cost(value: int, convert: Conversion | None) -> list[tuple[int, int | None]]:
        parcel = Parcel(500, Money(value, "USD"), 1)
        found = selectors.rates(country="US", region="", parcel=parcel, language="en", convert=convert)
        return [(rate.price.minor, rate.free_over.minor if rate.free_over else None) for rate in found]

    assert cost(1000, None) == []
    assert cost(1000, convert) == [(980, 19600)]
    assert cost(9800, convert) == [(490, 19600)]
    assert cost(19600, convert) == [(0, 19600)]
    # A price of its own is left alone.
    own = {"CNY": [{"from": 0, "minor": 7000}], "USD": [{"from": 0, "minor": 1234}]}
    services.save_method(zone_id=world.pk, code="ladder", rates=own)
    reset_caches()
    assert cost(1000, convert) == [(1234, None)]
