from __future__ import annotations

from typing import Any

from duli.commerce.orders.models import Order
from duli.commerce.orders.services import settle
from duli.commerce.payments.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentNeedsReview,
    PaymentRefunded,
    PaymentRestated,
)
from duli.platform.events.registry import EventContext, subscribes


@subscribes(
    PaymentCaptured,
    PaymentAuthorised,
    PaymentRefunded,
    PaymentRestated,
    PaymentNeedsReview,
    name="orders.settle",
)
def settle_order(event: Any, context: EventContext) -> None:
    order_id = Order.objects.filter(payment_collection_id=event.collection_id).values_list("pk", flat=True).first()
    if order_id is not None:
        settle(order_id=order_id, actor=context.actor or "system")
