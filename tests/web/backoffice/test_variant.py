"""A variant's own page: making a bundle, and reading what it cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.commerce.catalogue.models import Bundle
from duli.commerce.pricing.services import set_prices
from duli.commerce.pricing.types import PriceInput
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


def page_of(variant: object) -> str:
    return reverse("backoffice:variant", args=[variant.product_id, variant.pk])  # type: ignore[attr-defined]


def test_a_bundle_is_put_together_without_a_script(desk: Client) -> None:
    box = factories.variant_of(factories.product("礼盒", stock=None))
    cup = factories.variant_of(factories.product("茶杯 A", price=3000, stock=7))
    url = page_of(box)
    page = desk.post(url, {"find": "茶杯", "search": "1"})
    assert f'name="add" value="{cup.pk}"' in page.content.decode()
    page = desk.post(url, {"find": "", "add": str(cup.pk)})
    assert f'name="units-{cup.pk}"' in page.content.decode()
    assert not Bundle.objects.exists()
    wrong = desk.post(url, {"component": [cup.pk], f"units-{cup.pk}": "0", "price_mode": "own", "save": "1"})
    assert wrong.status_code == 422
    beyond = {"component": [cup.pk], f"units-{cup.pk}": "2", "price_mode": "sum", "percent_off": "1e9", "save": "1"}
    assert desk.post(url, beyond).status_code == 422
    done = desk.post(url, beyond | {"percent_off": "10"})
    assert done.status_code == 302
    stored = Bundle.objects.get(variant=box)
    assert (stored.price_mode, str(stored.percent_off)) == ("sum", "10.00")
    assert list(stored.components.values_list("variant_id", "quantity")) == [(cup.pk, 2)]
    assert "3 " in desk.get(url).content.decode()
    desk.post(reverse("backoffice:bundle_dissolve", args=[box.product_id, box.pk]))
    assert not Bundle.objects.exists()


def test_every_price_stands_in_the_history(desk: Client) -> None:
    cup = factories.variant_of(factories.product(price=3000))
    set_prices(prices=[PriceInput(cup.pk, "CNY", 2500, 3000)], actor=factories.ACTOR)
    page = desk.get(page_of(cup)).content.decode().partition("<tbody>")[2]
    assert page.index("25.00") < page.index("30.00")
    assert desk.get(reverse("backoffice:variants", args=[cup.product_id])).status_code == 302
    several = factories.product(sizes=["S", "M"])
    assert desk.get(reverse("backoffice:variants", args=[several.pk])).status_code == 200


def test_a_variant_of_another_product_is_not_found(desk: Client) -> None:
    one, other = (factories.variant_of(factories.product()) for _ in range(2))
    assert desk.get(reverse("backoffice:variant", args=[one.product_id, other.pk])).status_code == 404


def test_the_history_asks_as_much_for_thirty_prices_as_for_one(desk: Client) -> None:
    cup = factories.variant_of(factories.product(price=3000))
    set_prices(prices=[PriceInput(cup.pk, "CNY", 2999)], actor=factories.ACTOR)
    desk.get(page_of(cup))
    with CaptureQueriesContext(connection) as few:
        desk.get(page_of(cup))
    for minor in range(3001, 3030):
        set_prices(prices=[PriceInput(cup.pk, "CNY", minor)], actor=factories.ACTOR)
    desk.get(page_of(cup))
    with CaptureQueriesContext(connection) as many:
        desk.get(page_of(cup))
    assert len(many) <= len(few)
