"""What an order's page says of its payments: taken by parts, practised, asked back by a bank."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from duli.base import clock
from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import refund
from duli.commerce.orders.types import RefundLine
from duli.commerce.payments import services
from duli.commerce.payments.gateway import GatewayEvent
from duli.commerce.payments.models import PaymentAttempt
from duli.growth.notifications.models import Notice
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.factories import drain
from tests.plugins.card_page import CardPageProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(settings: Settings) -> Iterator[CardPageProvider]:
    provider = CardPageProvider()
    settings.PUBLIC_URL = provider.mailbox.url
    yield provider
    provider.shut_down()


def bought(page: CardPageProvider, *, test_mode: bool = False, **values: Any) -> Order:
    services.save_gateway(code="sandbox_card", enabled=True, values={**page.values(), **values}, test_mode=test_mode)
    reset_caches()
    order = factories.order(method="sandbox_card")
    assert order.payment_collection is not None
    page.pay(order.payment_collection, services.start(collection_id=order.payment_collection.pk, idempotency_key="k"))
    services.return_from_gateway(token=order.payment_collection.attempts.get().token)
    drain()
    order.refresh_from_db()
    return order


def shown(owner: Client, order: Order) -> str:
    return owner.get(reverse("backoffice:order", args=[order.pk])).content.decode()


def test_part_of_an_authorised_payment_is_taken(owner: Client, page: CardPageProvider) -> None:
    order = bought(page, capture="manual")
    assert order.payment_state == "authorised"
    url = reverse("backoffice:order_capture", args=[order.pk])
    assert url in shown(owner, order)
    total = Money(order.total_minor, order.currency)
    assert owner.post(url, {"amount": str(total.amount + 1)}).status_code == 422
    assert owner.post(url, {"amount": "0"}).status_code == 422
    assert owner.post(url, {"amount": str(total.amount - 1)}).status_code == 302
    assert order.payment_collection is not None
    order.payment_collection.refresh_from_db()
    assert order.payment_collection.captured_minor == order.total_minor - 100
    assert url not in shown(owner, order)
    assert owner.post(url, {"amount": "1"}).status_code == 409


def test_a_dispute_is_seen_and_rings(owner: Client, page: CardPageProvider) -> None:
    order = bought(page)
    attempt = PaymentAttempt.objects.get()
    event = GatewayEvent(
        external_id="evt_dispute",
        kind="disputed",
        token=attempt.token,
        amount=Money(order.total_minor, order.currency),
        transaction_id="dp_77",
        error_code="product_not_received",
        respond_by=clock.now() + timedelta(days=9),
    )
    services.record_event(provider="sandbox_card", event=event)
    drain()
    text = shown(owner, order)
    assert "dp_77" in text
    assert "The payer says nothing arrived" in text
    assert "banner critical" in text
    assert [notice.data["order_id"] for notice in Notice.objects.filter(kind="dispute")] == [order.pk]
    assert owner.get(reverse("backoffice:bell")).status_code == 200


def test_the_desk_names_the_way_that_was_paid_by_in_the_end(owner: Client, page: CardPageProvider) -> None:
    order = bought(page)
    Order.objects.filter(pk=order.pk).update(payment_method_code="bank_transfer")
    text = shown(owner, order)
    assert '<span class="muted">Bank transfer</span>' not in text
    assert '<span class="muted">Card (practice)</span>' in text


def test_money_that_is_none_is_marked(owner: Client, page: CardPageProvider) -> None:
    assert "Practice payment" not in shown(owner, bought(page))
    assert "Practice payment" in shown(owner, bought(page, test_mode=True))


def test_nobody_is_asked_for_the_rest_of_what_was_given_back(owner: Client, page: CardPageProvider) -> None:
    order = bought(page, capture="manual")
    assert order.payment_collection_id is not None
    # A part was taken, the rest released; then the part went back too.
    services.capture(collection_id=order.payment_collection_id, amount=Money(order.total_minor - 100, order.currency))
    drain()
    order.refresh_from_db()
    assert "Still owed" in shown(owner, order)
    line = order.lines.get()
    refund(
        order_id=order.pk,
        lines=[RefundLine(line.pk, line.quantity)],
        shipping_minor=order.shipping_minor,
        adjustment_minor=-100,
        idempotency_key="all",
        actor=factories.ACTOR,
    )
    drain()
    order.refresh_from_db()
    assert order.payment_state == "refunded"
    assert "Still owed" not in shown(owner, order)


def test_the_promised_day_is_written_in_the_readers_words(owner: Client, page: CardPageProvider) -> None:
    order = bought(page)
    Order.objects.filter(pk=order.pk).update(arrives_from=date(2026, 12, 10), arrives_by=date(2026, 12, 13))
    assert "promised by December 13" in shown(owner, order)
