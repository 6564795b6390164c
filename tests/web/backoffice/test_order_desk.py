"""The list of orders as a desk: views and columns of one's own, and verbs for several orders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.orders.models import Order, OrderExport
from duli.commerce.orders.services import hold
from duli.platform.desk.models import SavedView
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db
LIST = "backoffice:orders"


def _keys(page: str) -> list[int]:
    return [int(key) for key in re.findall(r'name="id" value="(\d+)"', page)]


def _heads(page: str) -> list[str]:
    head = page.split("<thead>")[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<th scope=.*?</th>", head)]


def test_columns_are_chosen_and_ordered_by_each_person(owner: Client, viewer: Client) -> None:
    factories.order()
    url = reverse("backoffice:list_columns", args=["orders"])
    assert 'value="country"' in owner.get(url).content.decode()
    assert owner.post(url, {"column": ["country", "amount"]}).status_code == 302
    assert _heads(owner.get(reverse(LIST)).content.decode()) == ["Order", "Country", "Amount"]
    assert "China" in owner.get(reverse(LIST)).content.decode()
    assert "Payment" in _heads(viewer.get(reverse(LIST)).content.decode())
    owner.post(url, {})
    assert "Payment" in _heads(owner.get(reverse(LIST)).content.decode())
    assert owner.post(url, {"column": ["password"]}).status_code == 422


def test_filters_become_a_tab_that_its_owner_alone_changes(owner: Client, viewer: Client) -> None:
    unpaid, paid = factories.order(), factories.order(paid=True)
    new = reverse("backoffice:list_view_new", args=["orders"])
    page = owner.get(f"{new}?payment=paid&after=x").content.decode()
    assert 'value="payment=paid"' in page
    answer = owner.post(new, {"name": "Paid ones", "query": "payment=paid", "shared": "on"})
    view = SavedView.objects.get()
    assert answer["Location"] == f"{reverse(LIST)}?payment=paid&saved={view.pk}"
    for client in (owner, viewer):
        shown = client.get(answer["Location"]).content.decode()
        assert _keys(shown) == [paid.pk]
        assert re.search(rf'saved={view.pk}" aria-current="page"', shown)
    assert unpaid.pk in _keys(owner.get(reverse(LIST)).content.decode())
    for name in ("list_view_edit", "list_view_move", "list_view_delete"):
        url = reverse(f"backoffice:{name}", args=["orders", view.pk])
        assert owner.get(url).status_code == 200
        assert viewer.get(url).status_code == 404
        assert viewer.post(url, {"name": "x", "step": "1"}).status_code == 404
    assert owner.post(new, {"name": "Paid ones", "query": ""}).status_code == 409
    owner.post(reverse("backoffice:list_view_edit", args=["orders", view.pk]), {"name": "Mine"})
    owner.post(reverse("backoffice:list_view_move", args=["orders", view.pk]), {"step": "-1"})
    assert "Mine" not in viewer.get(reverse(LIST)).content.decode()
    owner.post(reverse("backoffice:list_view_delete", args=["orders", view.pk]))
    assert not SavedView.objects.exists()
    assert owner.get(reverse("backoffice:list_columns", args=["nothing"])).status_code == 404


def test_filters_of_the_desk(owner: Client) -> None:
    first, second = factories.order(paid=True), factories.order(market_code="int")
    hold(order_id=first.pk, reason="odd", actor=factories.ACTOR)
    Order.objects.filter(pk=second.pk).update(risk="high", return_state="requested")
    owner.post(reverse("backoffice:orders_tag"), {"id": [first.pk], "add": "gift，vip"})
    sku = second.lines.get().sku
    for query, expected in (
        ("country=US", second), ("tag=gift", first), (f"sku={sku}", second), ("view=held", first),
        ("view=risky", second), ("risk=high", second), ("return=requested", second),
    ):  # fmt: skip
        page = owner.get(f"{reverse(LIST)}?{query}").content.decode()
        assert _keys(page) == [expected.pk], query
    assert "On hold" in owner.get(f"{reverse(LIST)}?view=held").content.decode()
    assert "High risk" in owner.get(f"{reverse(LIST)}?country=US").content.decode()


def test_tags_of_several_orders(owner: Client) -> None:
    first, second = factories.order(), factories.order()
    url = reverse("backoffice:orders_tag")
    assert owner.post(url, {"id": [first.pk, second.pk], "add": "a, b"}).status_code == 302
    assert owner.post(url, {"id": [first.pk], "remove": ["a"], "add": ""}).status_code == 302
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.tags, second.tags) == (["b"], ["a", "b"])
    for data in ({"add": "x"}, {"id": [first.pk], "add": "x" * 41}, {"id": [first.pk], "remove": ["zz"]}):
        assert owner.post(url, data).status_code == 422


def test_several_orders_are_cancelled_and_the_refused_are_named(owner: Client) -> None:
    first, second = factories.order(), factories.order(paid=True)
    owner.post(
        reverse("backoffice:order_fulfil", args=[second.pk]),
        {"location": factories.location().pk, "idempotency_key": "k", f"line-{second.lines.get().pk}": "1"},
    )
    data = {"id": [first.pk, second.pk, 10**9], "reason": "stock", "restock": "on"}
    answer = owner.post(reverse("backoffice:orders_cancel"), data, follow=True).content.decode()
    first.refresh_from_db(), second.refresh_from_db()
    assert first.status == "cancelled"
    assert second.status != "cancelled"
    assert f"#{second.number}: A parcel of this order has already left." in answer


def test_only_authorised_payments_are_captured(owner: Client) -> None:
    order = factories.order()
    answer = owner.post(reverse("backoffice:orders_capture"), {"id": [order.pk]}, follow=True).content.decode()
    assert "0 payments captured." in answer
    assert f"#{order.number}:" in answer
    paid = factories.order(paid=True)
    answer = owner.post(reverse("backoffice:orders_capture"), {"id": [paid.pk]}, follow=True).content.decode()
    assert "0 payments captured." in answer, "what was taken before is not taken now"


def test_the_preview_shows_the_lines(owner: Client) -> None:
    order = factories.order(quantity=3)
    page = owner.get(reverse("backoffice:order_peek", args=[order.pk])).content.decode()
    assert page.lstrip().startswith("<tr")
    assert "3×" in page
    assert order.lines.get().sku in page
    assert owner.get(reverse("backoffice:order_peek", args=[order.pk + 1])).status_code == 404


def test_a_pick_list_gathers_the_same_thing_of_several_orders(owner: Client) -> None:
    item = factories.variant_of(factories.product())
    first, second = factories.order(item, quantity=2, paid=True), factories.order(item, paid=True)
    page = owner.get(reverse("backoffice:orders_pick"), {"id": [first.pk, second.pk]}).content.decode()
    assert "Main warehouse" in page
    assert page.count(item.sku) == 1
    assert f"#{first.number} (2), #{second.number}" in page
    assert owner.get(reverse("backoffice:orders_pick"), {"id": ["x"]}).status_code == 404


def test_an_export_is_asked_for_with_the_filter_and_fetched_by_its_owner(
    owner: Client, sign_in: SignIn, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    paid = factories.order(paid=True)
    factories.order()
    url = reverse("backoffice:orders_export")
    page = owner.get(f"{url}?payment=paid").content.decode()
    wanted = re.search(r'name="wanted" value="([^"]+)"', page)
    assert wanted
    data = {"file_format": "csv", "rows": "order", "wanted": wanted.group(1).replace("&quot;", '"')}
    assert owner.post(url, data)["Location"] == reverse("backoffice:orders_exports")
    assert "every 2s" in owner.get(reverse("backoffice:orders_exports")).content.decode()
    factories.drain()
    assert "every 2s" not in owner.get(reverse("backoffice:orders_exports")).content.decode()
    file = reverse("backoffice:orders_export_file", args=[OrderExport.objects.get().pk])
    answer = owner.get(file)
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert paid.number in body
    assert body.count("\n") == 2
    assert "attachment" in answer["Content-Disposition"]
    assert sign_in("manager").get(file).status_code == 404
    assert sign_in("viewer").get(file).status_code == 403


@pytest.mark.parametrize("wanted", ["", "x", "[]", "7", '{"placed_from": "never"}', "null"])
def test_a_broken_export_is_refused(owner: Client, wanted: str) -> None:
    data = {"file_format": "csv", "rows": "order", "wanted": wanted}
    assert owner.post(reverse("backoffice:orders_export"), data).status_code == 422
    assert not OrderExport.objects.exists()


def test_an_order_is_held_and_released_on_its_page(owner: Client, viewer: Client) -> None:
    order = factories.order(paid=True)
    page = reverse("backoffice:order", args=[order.pk])
    urls = [reverse(f"backoffice:{name}", args=[order.pk]) for name in ("order_hold", "order_release")]
    assert urls[0] in owner.get(page).content.decode()
    assert urls[0] not in viewer.get(page).content.decode()
    assert owner.post(urls[0], {"reason": ""}).status_code == 422
    owner.post(urls[0], {"reason": "Ring first"})
    shown = owner.get(page).content.decode()
    assert "On hold: Ring first" in shown
    parcel = reverse("backoffice:order_fulfil", args=[order.pk])
    said = owner.get(parcel).content.decode()
    assert "It is on hold: Ring first. Release it first." in said
    assert "tracking_number" not in said
    assert urls[1] in shown
    owner.post(urls[1])
    order.refresh_from_db()
    assert order.held_at is None


def test_an_unpaid_order_is_split_on_its_page(owner: Client) -> None:
    order = factories.order(quantity=3)
    url = reverse("backoffice:order_split", args=[order.pk])
    assert url in owner.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    name = f"line-{order.lines.get().pk}"
    for value, status in (("3", 422), ("4", 409), ("x", 422), ("-1", 422)):
        assert owner.post(url, {name: value}).status_code == status
    other = Order.objects.count() + 1
    answer = owner.post(url, {name: "1"})
    assert Order.objects.count() == other
    assert f"{order.number}-1" in owner.get(answer["Location"]).content.decode()
