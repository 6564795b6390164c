"""One return with everything around it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.orders.services import approve_return, fulfil, request_return
from duli.commerce.orders.types import FulfilLine, ReturnWish
from tests import factories

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
