"""Flash sales at the desk: planned on a form, watched on the monitor, steered from there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from duli.base.clock import now
from duli.commerce.catalogue.models import Variant
from duli.commerce.flash_sales.models import Claim, FlashSale, Item
from duli.commerce.flash_sales.monitor import figures
from duli.commerce.orders import services as orders
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.flash_sales.made import HOUR, item_of, sale
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


def thing(stock: int = 10) -> Variant:
    return factories.variant_of(factories.product(title="青瓷杯", price=10000, stock=stock))


def typed(variant: Variant, **values: str) -> dict[str, str]:
    start = localtime(now() - HOUR)
    return {
        "name": "双十一秒杀",
        "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
        "batch_size": "50",
        "batch_seconds": "10",
        "admission_minutes": "10",
        "sku_0": variant.sku,
        "price_0_CNY": "50",
        "price_0_USD": "7",
        "units_0": "4",
        "limit_0": "1",
        "sku_1": "",
        **values,
    }


def url(name: str, *ids: int) -> str:
    return reverse(f"backoffice:{name}", args=ids)


def press(desk: Client, name: str, *ids: int, status: int = 302, **values: str) -> None:
    assert desk.get(url(name, *ids)).status_code == 200
    assert desk.post(url(name, *ids), values).status_code == status


def test_a_sale_is_written_down_planned_topped_up_and_stopped(desk: Client) -> None:
    variant = thing()
    assert desk.get(url("flash_sale_new")).status_code == 200
    answer = desk.post(url("flash_sale_new"), typed(variant))
    row = FlashSale.objects.get()
    assert answer.headers["Location"] == url("flash_sale", row.pk)
    assert not row.is_planned
    item = item_of(row)
    assert (item.amounts, item.units, item.limit, item.left) == ({"CNY": 5000, "USD": 700}, 4, 1, 0)
    press(desk, "flash_sale_plan", row.pk)
    assert item_of(row).left == 4
    press(desk, "flash_sale_top_up", row.pk, item.pk, quantity="2")
    press(desk, "flash_sale_top_up", row.pk, item.pk, quantity="9", status=409)
    assert item_of(row).left == 6
    later = localtime(now() + 5 * HOUR).strftime("%Y-%m-%dT%H:%M")
    press(desk, "flash_sale_extend", row.pk, ends_at=later)
    row.refresh_from_db()
    assert localtime(row.ends_at).strftime("%Y-%m-%dT%H:%M") == later
    look_now()
    factories.order(variant)
    page = desk.get(url("flash_sale", row.pk)).content.decode()
    assert "every 5s" in page
    press(desk, "flash_sale_stop", row.pk)
    press(desk, "flash_sale_stop", row.pk, status=409)
    assert item_of(row).left == 0
    assert "every 5s" not in desk.get(url("flash_sale", row.pk)).content.decode()
    assert "双十一秒杀" in desk.get(url("flash_sales")).content.decode()


def test_what_is_wrong_with_a_form_is_said_beside_the_field(desk: Client) -> None:
    variant = thing()
    for values in (
        {"sku_0": "NOPE"},
        {"units_0": ""},
        {"units_0": "-1"},
        {"price_0_CNY": ""},
        {"price_0_CNY": "1e9"},
        {"price_0_USD": ""},
        {"sku_1": variant.sku, "price_1_CNY": "1", "units_1": "1"},
        {"ends_at": "2020-01-01T00:00", "starts_at": "2020-01-02T00:00"},
        {"batch_size": "0"},
        {"name": "x" * 10_000},
    ):
        answer = desk.post(url("flash_sale_new"), typed(variant, **values))
        assert answer.status_code in {400, 422}, values
    assert not FlashSale.objects.exists()


def test_two_people_on_one_form_do_not_write_over_each_other(desk: Client) -> None:
    variant = thing()
    row = sale(variant, planned=False)
    page = desk.get(url("flash_sale_edit", row.pk))
    seen = page.context["seen"]
    assert desk.post(url("flash_sale_edit", row.pk), typed(variant, name="Erst", seen=seen)).status_code == 302
    assert desk.post(url("flash_sale_edit", row.pk), typed(variant, name="Dann", seen=seen)).status_code == 409


def test_the_monitor_counts_what_is_ordered_paid_and_came_back(desk: Client) -> None:
    variant = thing()
    row = sale(variant, units=6, limit=None)
    factories.order(variant, paid=True)
    factories.order(variant, quantity=2)
    gone = factories.order(variant)
    orders.cancel(order_id=gone.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    found = figures(row.pk)
    entry = found.items[0]
    assert (entry.reserved, entry.paid, entry.cancelled, entry.item.left) == (2, 1, 1, 3)
    assert found.agrees
    assert sum(units for _minute, units in found.minutes) == 4


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (lambda item: Item.objects.filter(pk=item.pk).update(left=item.left - 1), "ledger"),
        (lambda item: item.entries.all().delete(), "ledger"),
        (lambda item: Claim.objects.filter(item=item).update(units=50), "oversold"),
        (lambda item: Claim.objects.filter(item=item).update(returned_at=now()), "orders"),
    ],
)
def test_the_light_turns_red_when_numbers_do_not_agree(desk: Client, broken: object, problem: str) -> None:
    variant = thing()
    row = sale(variant, units=6)
    factories.order(variant)
    assert figures(row.pk).agrees
    broken(item_of(row))  # type: ignore[operator]
    assert problem in figures(row.pk).items[0].problems
    assert 'role="alert"' in desk.get(url("flash_sale", row.pk)).content.decode()


def test_the_monitor_and_the_list_ask_as_often_for_one_as_for_many(desk: Client) -> None:
    small = sale(thing(), units=1)
    large = sale(*(thing() for _ in range(8)), units=1)
    for entry in range(2):
        factories.order(factories.variant_of(item_of(large, entry).variant.product))

    def queries(address: str) -> int:
        desk.get(address)
        with CaptureQueriesContext(connection) as caught:
            desk.get(address)
        return len(caught)

    assert queries(url("flash_sale", small.pk)) == queries(url("flash_sale", large.pk))


def test_the_price_of_a_sale_is_no_discount_to_be_edited(desk: Client) -> None:
    variant = thing()
    row = sale(variant)
    promotion = item_of(row).promotion_id or 0
    assert "双十一秒杀" not in desk.get(url("discounts")).content.decode()
    assert desk.get(url("discount", promotion)).headers["Location"] == url("flash_sale", row.pk)
    assert desk.get(url("discount_edit", promotion)).headers["Location"] == url("flash_sale_edit", row.pk)
    assert desk.post(url("discount_switch", promotion), {"active": "0"}).status_code == 404


def test_a_draft_is_deleted_and_a_planned_sale_is_not(desk: Client) -> None:
    row = sale(thing(), planned=False)
    press(desk, "flash_sale_delete", row.pk)
    assert not FlashSale.objects.exists()
    row = sale(thing(), begins=HOUR)
    press(desk, "flash_sale_delete", row.pk, status=409)
    press(desk, "flash_sale_start", row.pk)
    press(desk, "flash_sale_start", row.pk, status=409)
