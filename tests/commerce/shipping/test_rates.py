from __future__ import annotations

import pytest

from duli.base.money import Money
from duli.commerce.shipping import selectors, services
from duli.commerce.shipping.carriers import tracking_url
from duli.commerce.shipping.types import Parcel
from duli.platform.store import services as store

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
