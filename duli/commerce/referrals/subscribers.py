from __future__ import annotations

from typing import Any

from duli.commerce.orders.events import (
    OrderCancelled,
    OrderEdited,
    OrderMerged,
    OrderPaid,
    OrderPaymentStateChanged,
    OrderRefunded,
)
from duli.commerce.referrals.services import restate
from duli.platform.events.registry import EventContext, subscribes


@subscribes(
    OrderPaid,
    OrderPaymentStateChanged,
    OrderRefunded,
    OrderEdited,
    OrderCancelled,
    OrderMerged,
    name="referrals.restate",
)
def follow_order(event: Any, context: EventContext) -> None:
    """What an order is worth changes what it brings to who referred it."""
    restate(order_id=event.order_id)
