"""One return with everything around it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.base.clock import now
from duli.commerce.orders.editing import AddedLine
from duli.commerce.orders.models import Order, OrderLine, OrderReturn, ReturnLine
from duli.commerce.orders.services import approve_return, complete_return, fulfil, receive_return, request_return
from duli.commerce.orders.types import FulfilLine, ReturnWish
from tests import factories
from tests.web.storefront.test_order_changes import picture

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("shop")
def test_it_says_what_happened_to_it_and_to_no_other(owner: Client) -> None:
    order = factories.order(quantity=2, paid=True)
    line = order.lines.get()
    fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 2)], location_id=None, idempotency_key="p", actor=factories.ACTOR
    )
    one, other = (
        request_return(
            order_id=order.pk, lines=[ReturnWish(line.pk, 1, "other")], idempotency_key=key, actor=factories.ACTOR
        )
        for key in ("one", "other")
    )
    approve_return(return_id=one.pk, actor=factories.ACTOR)
    page = owner.get(reverse("backoffice:return", args=[one.pk])).content.decode()
    assert page.count(f"Return {one.number}: ") == 2
    assert f"Return {other.number}" not in page
    assert order.email in page
    assert reverse("backoffice:customer", args=[order.customer_id]) in page


def sent_back(owner: Client, **given: object) -> tuple[Order, OrderReturn]:
    """Staff enter a return for one unit of an order that was sent."""
    order = factories.order(quantity=2, paid=True)
    line = order.lines.get()
    fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 2)], location_id=None, idempotency_key="p", actor=factories.ACTOR
    )
    answer = owner.post(
        reverse("backoffice:order_return", args=[order.pk]),
        {f"line-{line.pk}": 1, "reason": "other", "note": "A leg is loose", "idempotency_key": "k", **given},
    )
    assert answer.status_code == 302, answer.content
    return order, OrderReturn.objects.get()


@pytest.mark.usefixtures("shop")
def test_staff_enter_it_with_the_pictures_they_were_sent(owner: Client) -> None:
    _order, row = sent_back(owner, photos=[picture()])
    assert row.photos.count() == 1
    page = owner.get(reverse("backoffice:return", args=[row.pk])).content.decode()
    assert "A leg is loose" in page
    # It was not the shopper who wrote this.
    assert "Note from the shopper" not in page


@pytest.mark.usefixtures("shop")
def test_an_exchange_says_what_the_goods_that_came_back_paid_for(owner: Client, client: Client) -> None:
    order, row = sent_back(owner)
    approve_return(return_id=row.pk, actor=factories.ACTOR)
    receive_return(return_id=row.pk, units={row.lines.get().pk: 1}, actor=factories.ACTOR)
    instead = AddedLine(order.lines.get().variant_id or 0, 1)
    complete_return(return_id=row.pk, outcome="exchange", replacements=[instead], actor=factories.ACTOR)
    order.refresh_from_db()
    assert order.offset_minor > 0
    page = owner.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    assert "Paid with returned goods" in page
    for text in (page, owner.get(reverse("backoffice:return", args=[row.pk])).content.decode()):
        assert "Exchanged" in text
        # No money went back to anybody.
        assert ">Refunded<" not in text
    assert "以退回的商品抵付" in client.get(f"/orders/{order.token}").content.decode()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("reason", "condition", "restock"), [("defective", "damaged", 0), ("other", "as_new", 1)])
def test_what_came_back_faulty_is_not_offered_for_sale_again(
    owner: Client, reason: str, condition: str, restock: int
) -> None:
    _order, row = sent_back(owner, reason=reason)
    line = row.lines.get()
    approve_return(return_id=row.pk, actor=factories.ACTOR)
    receive_return(return_id=row.pk, units={line.pk: 1}, actor=factories.ACTOR)
    form = owner.get(reverse("backoffice:return_inspect", args=[row.pk])).context["form"]
    assert [form[f"{name}-{line.pk}"].value() for name in ("condition", "restock")] == [condition, restock]


@pytest.mark.usefixtures("shop")
def test_settling_a_withdrawal_reminds_of_the_duty_that_was_paid(owner: Client) -> None:
    order = factories.order(paid=True)
    line = order.lines.get()
    duty = {"each": 300, "currency": order.currency, "codes": [], "unknown": 1, "charged": True}
    Order.objects.filter(pk=order.pk).update(tax={"duty": duty})
    OrderLine.objects.create(
        order=order, position=9, quantity=1, title="EU import duty", unit_price_minor=300, subtotal_minor=300,
        total_minor=300, requires_shipping=False,
    )  # fmt: skip
    row = OrderReturn.objects.create(
        order=order, idempotency_key="w", kind="withdrawal", state="inspected", number="W1", requested_at=now(),
        actor="guest",
    )  # fmt: skip
    ReturnLine.objects.create(order_return=row, order_line=line, quantity=1, received_quantity=1)
    url = reverse("backoffice:return_complete", args=[row.pk])
    assert "Duty of CN¥3.00 was paid, too" in owner.get(url).content.decode()
    OrderReturn.objects.update(kind="return")
    assert "Duty of" not in owner.get(url).content.decode()
