"""Refund, edit and return, pressed on their pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Order, OrderLine, OrderRefund, OrderReturn
from duli.commerce.orders.services import (
    approve_return,
    cancel_return,
    complete_return,
    edit_order,
    fulfil,
    inspect_return,
    receive_return,
    request_return,
)
from duli.commerce.orders.types import AmountChanged, Finding, FulfilLine, ReturnWish
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.mail.models import Mail
from duli.platform.store.changes import look_now
from tests import factories
from tests.factories import drain

pytestmark = pytest.mark.django_db


def url(name: str, *keys: int) -> str:
    return reverse(f"backoffice:{name}", args=keys)


def bought(quantity: int = 2) -> Order:
    return factories.order(factories.variant_of(factories.product(price=5000, stock=9)), quantity=quantity, paid=True)


def sent(quantity: int = 2) -> Order:
    order = bought(quantity)
    fulfil(
        order_id=order.pk,
        lines=[FulfilLine(order.lines.get().pk, quantity)],
        location_id=None,
        idempotency_key=f"p{order.pk}",
        actor="system",
    )
    return order


def test_a_refund_is_computed_first_and_pressed_second(owner: Client) -> None:
    order = bought()
    line = order.lines.get()
    page = owner.get(url("order_refund", order.pk)).content.decode()
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key
    data: dict[str, Any] = {f"line-{line.pk}": "1", f"restock-{line.pk}": "on", "idempotency_key": key.group(1)}
    shown = owner.post(url("order_refund", order.pk), data)
    assert shown.status_code == 200
    text = shown.content.decode()
    assert "¥50.00" in text
    assert "13%" in text
    assert not OrderRefund.objects.exists()
    parted = owner.post(url("order_refund", order.pk), {**data, "credit": "20"}).content.decode()
    assert re.search(r"As store credit</dt>.*?¥20\.00.*?The way it was paid</dt>.*?¥30\.00", parted, re.DOTALL)
    assert "As store credit</dt>" not in text
    for _ in range(2):
        assert owner.post(url("order_refund", order.pk), {**data, "shown": "5000"}).status_code == 302
    assert OrderRefund.objects.get().amount_minor == 5000
    changed = owner.post(url("order_refund", order.pk), {**data, "shown": "1", "idempotency_key": "other"})
    assert changed.status_code == 200
    assert OrderRefund.objects.count() == 1
    drain()
    page = owner.get(url("order", order.pk)).content.decode()
    assert re.search(r"Refund of \S*¥50.00", page)
    assert Mail.objects.filter(template="order_refunded").count() == 1


def test_too_much_is_said_and_nothing_happens(owner: Client) -> None:
    order = bought()
    answer = owner.post(url("order_refund", order.pk), {"extra": "99999", "idempotency_key": "k"})
    assert answer.status_code == 422
    assert "At most" in answer.content.decode()
    assert owner.post(url("order_refund", order.pk), {"extra": "x" * 100, "idempotency_key": "k"}).status_code == 422
    assert not OrderRefund.objects.exists()


def test_an_edit_shows_its_difference_and_keeps_what_was_typed_when_it_is_stale(owner: Client) -> None:
    order = Order.objects.get(pk=bought().pk)
    line = order.lines.get()
    page = owner.get(url("order_edit", order.pk))
    assert page.status_code == 200
    data = {"version": str(order.version), f"quantity-{line.pk}": "3", "notify": "1"}
    seen = owner.post(url("order_edit", order.pk), {**data, "compute": "1"}).content.decode()
    assert "¥50.00" in seen
    assert order.lines.get().quantity == 2
    stale = owner.post(url("order_edit", order.pk), {**data, "version": "1", "save": "1"})
    assert stale.status_code == 409
    assert f'name="quantity-{line.pk}" value="3"' in stale.content.decode()
    assert order.lines.get().quantity == 2
    assert owner.post(url("order_edit", order.pk), {**data, "save": "1"}).status_code == 302
    assert order.lines.get().quantity == 3
    drain()
    mail = Mail.objects.get(template="order_edited")
    assert "¥50.00" in mail.text
    bad = owner.post(url("order_edit", order.pk), {**data, f"quantity-{line.pk}": "x", "save": "1"})
    assert bad.status_code == 422


def test_the_form_of_an_edit_goes_on_in_a_price_list_and_says_so_unless_a_price_is_typed(owner: Client) -> None:
    tea = factories.variant_of(factories.product("Tea", price=10000, stock=None))
    order = factories.order(tea)
    line = order.lines.get()
    rows = [{"variant": tea.pk, "product": tea.product_id, "at": 10, "amount": {"CNY": 7000}}]
    save_promotion(draft=PromotionDraft(name="Bulk", rules={"kind": "table", "rows": rows}), actor=factories.ACTOR)
    look_now()
    address, price, usual = url("order_edit", order.pk), f"price-{line.pk}", f"usual-{line.pk}"
    data = {"version": str(order.version), f"quantity-{line.pk}": "12", price: "100.00", usual: "100.00"}
    page = owner.post(address, {**data, "compute": "1"}).content.decode()
    assert f'name="{price}" value="70.00"' in page
    assert f'name="{usual}" value="70.00"' in page
    assert "Price for so many: Bulk" in page
    # Back to one it costs what it did, and what was typed is nobody's list.
    back = {**data, f"quantity-{line.pk}": "1", price: "70.00", usual: "70.00", "compute": "1"}
    assert f'name="{price}" value="100.00"' in owner.post(address, back).content.decode()
    typed = {**data, price: "100.00", usual: "70.00"}
    page = owner.post(address, {**typed, "compute": "1"}).content.decode()
    assert f'name="{price}" value="100.00"' in page
    assert "Price for so many" not in page
    added = {"version": str(order.version), "added": [str(tea.pk)], f"added-quantity-{tea.pk}": "9", "compute": "1"}
    assert f'name="added-price-{tea.pk}" value="70.00"' in owner.post(address, added).content.decode()
    assert owner.post(address, {**typed, "save": "1"}).status_code == 302
    assert order.lines.get().unit_price_minor == 10000


def test_the_form_shows_what_comes_off_as_it_grows_and_keeps_what_is_typed(owner: Client) -> None:
    tea = factories.variant_of(factories.product("Tea", price=10000, stock=None))
    order = factories.order(tea)
    line = order.lines.get()
    edit_order(
        order_id=order.pk, wish=EditWish(discounts={line.pk: 1000}), version=order.version, actor=factories.ACTOR
    )
    order.refresh_from_db()
    address, off, usual = url("order_edit", order.pk), f"discount-{line.pk}", f"usual-discount-{line.pk}"
    data = {"version": str(order.version), f"quantity-{line.pk}": "3", off: "10.00", usual: "10.00", "compute": "1"}
    page = owner.post(address, data).content.decode()
    assert f'name="{off}" value="30.00"' in page
    assert f'name="{usual}" value="30.00"' in page
    # What was typed stays, also where it is what came off before, or nothing.
    for typed, left in (("10.00", 29000), ("", 30000)):
        kept = owner.post(address, {**data, off: typed, usual: "30.00"})
        assert f'name="{off}" value="{typed}"' in kept.content.decode()
        assert kept.context["found"].quote.lines[0].total.minor == left


def test_a_product_is_found_and_added(owner: Client) -> None:
    order = Order.objects.get(pk=bought().pk)
    extra = factories.variant_of(factories.product("Saucer", price=2000))
    found = owner.post(url("order_edit", order.pk), {"version": str(order.version), "find": "Saucer", "search": "1"})
    assert f'name="add" value="{extra.pk}"' in found.content.decode()
    data = {"version": str(order.version), "added": [str(extra.pk)], f"added-quantity-{extra.pk}": "2", "save": "1"}
    assert owner.post(url("order_edit", order.pk), data).status_code == 302
    assert Order.objects.get(pk=order.pk).total_minor == order.total_minor + 4000


def test_a_return_is_walked_through_on_its_pages(owner: Client) -> None:
    order = sent()
    line = order.lines.get()
    data = {f"line-{line.pk}": "1", "reason": "damaged", "note": "", "idempotency_key": "k"}
    assert owner.post(url("order_return", order.pk), data).status_code == 302
    row = OrderReturn.objects.get()
    assert row.number in owner.get(url("returns")).content.decode()
    entry = row.lines.get()
    steps: list[tuple[str, dict[str, Any]]] = [
        ("return_approve", {"answer": "Send it"}),
        ("return_receive", {f"line-{entry.pk}": "1"}),
        (
            "return_inspect",
            {f"condition-{entry.pk}": "as_new", f"restock-{entry.pk}": "1", "location": factories.location().pk},
        ),
        ("return_complete", {"outcome": "credit", "replacement": "", "shipping": "", "fee": "5"}),
    ]
    for name, values in steps:
        assert url(name, row.pk) in owner.get(url("return", row.pk)).content.decode(), name
        assert owner.get(url(name, row.pk)).status_code == 200
        assert owner.post(url(name, row.pk), values).status_code == 302, name
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("completed", "credit")
    assert OrderRefund.objects.get().credit_minor == 4500
    drain()
    assert Mail.objects.filter(template="return_moved").count() == 4
    assert Mail.objects.filter(template="new_return").count() == 1


def test_a_return_is_offered_only_while_something_can_come_back(owner: Client) -> None:
    order = bought()
    start = url("order_return", order.pk)

    def offered() -> bool:
        return start in owner.get(url("order", order.pk)).content.decode()

    assert not offered(), "nothing has left"
    line = order.lines.get().pk
    fulfil(order_id=order.pk, lines=[FulfilLine(line, 2)], location_id=None, idempotency_key="p", actor="system")
    assert offered()
    first = request_return(
        order_id=order.pk, lines=[ReturnWish(line, 1, "other")], idempotency_key="a", actor=factories.ACTOR
    )
    assert offered(), "one unit is still with the shopper"
    request_return(order_id=order.pk, lines=[ReturnWish(line, 1, "other")], idempotency_key="b", actor=factories.ACTOR)
    assert not offered()
    page = owner.get(start).content.decode()
    assert "on its way back already" in page
    assert "Start the return" not in page, "there is nothing to press"
    cancel_return(return_id=first.pk, actor=factories.ACTOR)
    assert offered(), "what is called off may be sent another time"


def test_a_refund_speaks_of_unsent_goods_only_where_there_are_some(owner: Client) -> None:
    waiting, gone = bought(), sent()
    words = "have not left are taken out"
    assert words in owner.get(url("order_refund", waiting.pk)).content.decode()
    assert words not in owner.get(url("order_refund", gone.pk)).content.decode()


def test_what_is_no_goods_is_neither_counted_nor_put_back_on_sale(owner: Client) -> None:
    order = bought()
    OrderLine.objects.create(
        order=order, title="EU import duty", requires_shipping=False, quantity=3, unit_price_minor=300,
        subtotal_minor=900, total_minor=900,
    )  # fmt: skip
    goods, duty = order.lines.order_by("pk")
    refund = owner.get(url("order_refund", order.pk)).content.decode()
    assert f'name="restock-{goods.pk}"' in refund
    assert f'name="line-{duty.pk}"' in refund
    assert f'name="restock-{duty.pk}"' not in refund
    for page in (url("order", order.pk), reverse("backoffice:orders")):
        shown = owner.get(page).content.decode()
        assert "2 items" in shown, page
        assert "5 items" not in shown, page


def test_another_orders_refund_is_not_reached(owner: Client) -> None:
    assert owner.get(url("order_refund_retry", bought().pk, 99)).status_code == 404


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_of_returns_costs_the_same(owner: Client, django_assert_max_num_queries: Any, count: int) -> None:
    for number in range(count):
        order = sent(1)
        request_return(
            order_id=order.pk,
            lines=[ReturnWish(order.lines.get().pk, 1, "other")],
            idempotency_key=str(number),
            actor="system",
        )
    owner.get(url("returns"))
    with django_assert_max_num_queries(10):
        owner.get(url("returns"))


def arrived() -> OrderReturn:
    """A return of one unit (50.00) that came and was looked at."""
    order = sent()
    line = order.lines.get()
    row = request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 1, "too_small")], idempotency_key="k", actor=factories.ACTOR
    )
    approve_return(return_id=row.pk, actor=factories.ACTOR)
    entry = row.lines.get()
    receive_return(return_id=row.pk, units={entry.pk: 1}, actor=factories.ACTOR)
    inspect_return(return_id=row.pk, findings=[Finding(entry.pk, "used", 0)], location_id=None, actor=factories.ACTOR)
    return row


def test_what_is_sent_instead_is_picked_and_its_difference_shown_before_it_counts(owner: Client) -> None:
    row = arrived()
    larger = factories.variant_of(factories.product("Larger cup", price=8000, stock=3))
    here = url("return_complete", row.pk)
    asked = {"outcome": "exchange", "shipping": "", "fee": ""}
    found = owner.post(here, {**asked, "find": "Larger", "search": "1"})
    assert (found.status_code, f'name="add" value="{larger.pk}"' in found.content.decode()) == (200, True)
    assert owner.post(here, asked).status_code == 422, "nothing was chosen"
    picked = owner.post(here, {**asked, "add": str(larger.pk)}).content.decode()
    assert 'name="shown" value="3000"' in picked
    assert "¥30.00" in picked
    chosen = {**asked, "added": [str(larger.pk)], f"units-{larger.pk}": "1"}
    twice = owner.post(here, {**chosen, f"units-{larger.pk}": "2", "compute": "1"}).content.decode()
    assert 'name="shown" value="11000"' in twice
    # Neither unseen, nor for another difference than the one that was shown.
    for shown in ("", "0", "11000", "x"):
        answer = owner.post(here, {**chosen, "shown": shown})
        assert (answer.status_code, 'name="shown" value="3000"' in answer.content.decode()) == (200, True)
    row.refresh_from_db()
    assert row.state == "inspected"
    assert owner.post(here, {**chosen, "shown": "3000"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("completed", "exchange")
    assert row.order.lines.get(variant=larger).quantity == 1


def test_an_exchange_for_less_gives_the_rest_back_and_refuses_what_is_no_number(owner: Client) -> None:
    row = arrived()
    smaller = factories.variant_of(factories.product("Smaller cup", price=3000, stock=3))
    here = url("return_complete", row.pk)
    chosen = {"outcome": "exchange", "shipping": "", "fee": "", "added": [str(smaller.pk)]}
    for units in ("0", "-1", "1e9", "9" * 40, ""):
        assert owner.post(here, {**chosen, f"units-{smaller.pk}": units}).status_code == 422, units
    page = owner.post(here, {**chosen, f"units-{smaller.pk}": "1", "compute": "1"}).content.decode()
    assert 'name="shown" value="-2000"' in page
    assert owner.post(here, {**chosen, f"units-{smaller.pk}": "1", "shown": "-2000"}).status_code == 302
    assert OrderRefund.objects.get().original_minor == 2000


def test_the_difference_is_checked_again_when_a_price_has_moved_meanwhile(owner: Client) -> None:
    row = arrived()
    other = factories.variant_of(factories.product(price=8000, stock=3))
    with pytest.raises(AmountChanged):
        complete_return(
            return_id=row.pk,
            outcome="exchange",
            replacements=[AddedLine(other.pk, 1)],
            shown_minor=2999,
            actor=factories.ACTOR,
        )
    row.refresh_from_db()
    assert row.state == "inspected"
