"""Zones and methods, as a merchant sets them: where, how, and for how much."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.base.money import Money
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.selectors import rates
from duli.commerce.shipping.types import Parcel
from duli.platform.audit.models import AuditEntry
from duli.platform.store.changes import reset_caches

pytestmark = pytest.mark.django_db


def send(client: Client, screen: str, *arguments: Any, **values: Any) -> int:
    return client.post(reverse(f"backoffice:{screen}", args=arguments), values).status_code


def inputs(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"', page)


def steps(*rows: tuple[str, str]) -> dict[str, list[str]]:
    return {"steps_CNY-from": [start for start, _ in rows], "steps_CNY-price": [price for _, price in rows]}


def zone(name: str) -> Zone:
    return Zone.objects.get(name=name)


def priced(country: str, *, grams: int = 0, minor: int = 1000, items: int = 1) -> list[int]:
    reset_caches()
    parcel = Parcel(grams, Money(minor, "CNY"), items)
    return [rate.price.minor for rate in rates(country=country, region="", parcel=parcel, language="zh-hans")]


@pytest.mark.usefixtures("shop")
def test_a_zone_from_nothing_to_a_price_by_weight_and_away_again(owner: Client) -> None:
    assert send(owner, "settings_zone_new", name="Benelux", where="some", countries="be, NL、LU") == 302
    made = zone("Benelux")
    assert made.countries == ["BE", "NL", "LU"]
    method = {
        "name": "By road", "min_days": "3", "max_days": "9", "is_active": "on", "basis": "weight",
        "price_CNY": "20", "steps_CNY-from": ["1.5", "", "20", ""], "steps_CNY-price": ["35.50", "", "", ""],
    }  # fmt: skip
    assert send(owner, "settings_method_new", made.pk, **method) == 302
    assert [priced("NL", grams=grams) for grams in (500, 1499, 1500, 19999, 20000)] == [
        [2000],
        [2000],
        [3550],
        [3550],
        [],
    ]
    row = Method.objects.get(name="By road")
    page = owner.get(reverse("backoffice:settings_method", args=[row.pk])).content.decode()
    stored = [value for name, value in inputs(page) if name.startswith("steps_CNY-")]
    assert stored == ["1.5", "35.50", "20", "", *[""] * 4], "what is stored, and two rows more"
    assert send(owner, "settings_zone", made.pk, name="Low countries", where="some", countries="NL") == 302
    assert priced("BE") != priced("NL") == [2000]
    assert "Netherlands" in owner.get(reverse("backoffice:settings_shipping")).content.decode()
    assert send(owner, "settings_method_delete", row.pk) == 302
    assert priced("NL") == []
    assert send(owner, "settings_zone_delete", made.pk) == 302
    assert not Zone.objects.filter(pk=made.pk).exists()
    entries = AuditEntry.objects.filter(area="shipping", reference=f"zone:{made.pk}").order_by("pk")
    assert [(entry.action, entry.actor[:5]) for entry in entries] == [
        ("created", "user:"), ("changed", "user:"), ("deleted", "user:")
    ]  # fmt: skip


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "wrong",
    [
        {"countries": ""}, {"countries": "XX"}, {"countries": "CN"}, {"name": "China"}, {"name": ""},
        {"where": "rest"}, {"countries": "NL," * 2000},
    ],
)  # fmt: skip
def test_a_zone_that_cannot_be(owner: Client, wrong: dict[str, str]) -> None:
    """No country, none that there is, one that another zone has, a name that is taken, everywhere else twice."""
    before = Zone.objects.count()
    values = {"name": "New", "where": "some", "countries": "NL", **wrong}
    assert 400 <= send(owner, "settings_zone_new", **values) < 500
    assert Zone.objects.count() == before


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": "flat", **steps(("2", "30"))}, steps(("2", "30"), ("2", "40")), steps(("two", "30")),
        steps(("1.0005", "30")), steps(("2", "-1")), steps(("0", "1")), steps(("1e9", "1")), steps(("", "1")),
        steps(("2=3", "4")), {"price_CNY": "", **steps(("2", "30"))}, {"basis": "magic"},
        steps(*((str(number), "1") for number in range(1, 99))), steps(("2" * 500, "1" * 500)),
    ],
)  # fmt: skip
def test_steps_that_cannot_be(owner: Client, wrong: dict[str, Any]) -> None:
    before = Method.objects.count()
    method = {"name": "M", "min_days": "1", "max_days": "2", "basis": "weight", "price_CNY": "1", **wrong}
    assert send(owner, "settings_method_new", zone("China").pk, **method) == 422
    assert Method.objects.count() == before


@pytest.mark.usefixtures("shop")
def test_what_was_typed_into_a_step_stays_with_what_is_wrong_of_it(owner: Client) -> None:
    method = {"name": "M", "min_days": "1", "max_days": "2", "basis": "quantity", "price_CNY": "1"}
    url = reverse("backoffice:settings_method_new", args=[zone("China").pk])
    page = owner.post(url, {**method, **steps(("5", "9"), ("3", "7"))}).content.decode()
    assert [value for name, value in inputs(page) if name.startswith("steps_CNY-")][:4] == ["5", "9", "3", "7"]
    assert "3 = 7" in page


@pytest.mark.usefixtures("shop")
def test_all_steps_are_taken_away_and_those_of_another_page_stay(owner: Client) -> None:
    method = {"name": "M", "min_days": "1", "max_days": "2", "is_active": "on", "basis": "weight", "price_CNY": "1"}
    assert send(owner, "settings_method_new", zone("China").pk, **method, **steps(("2", "3"))) == 302
    row = Method.objects.get(name="M")
    assert send(owner, "settings_method", row.pk, **method) == 302
    assert len(Method.objects.get(pk=row.pk).rates["CNY"]) == 2, "a form without the rows says nothing of them"
    assert send(owner, "settings_method", row.pk, **method, **{"steps_CNY-from": ""}) == 302
    assert len(Method.objects.get(pk=row.pk).rates["CNY"]) == 1


@pytest.mark.usefixtures("shop")
def test_two_zones_may_share_a_country_by_its_regions(owner: Client) -> None:
    values = {"name": "Far west", "where": "some", "countries": "CN", "regions": "新疆维吾尔自治区，西藏自治区"}
    assert send(owner, "settings_zone_new", **values) == 302
    assert zone("Far west").regions == ["新疆维吾尔自治区", "西藏自治区"]
