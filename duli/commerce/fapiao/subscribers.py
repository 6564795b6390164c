from __future__ import annotations

from typing import Any

from duli.commerce.fapiao.services import restate
from duli.commerce.orders.events import (
    OrderCancelled,
    OrderEdited,
    OrderMerged,
    OrderPaid,
    OrderPaymentStateChanged,
    OrderRefunded,
)
from duli.platform.events.registry import EventContext, subscribes


@subscribes(
    OrderPaid,
    OrderPaymentStateChanged,
    OrderRefunded,
    OrderEdited,
    OrderCancelled,
    OrderMerged,
    name="fapiao.restate",
)
def follow_order(event: Any, context: EventContext) -> None:
    """What an order is worth changes what has to be issued or taken back."""
    restate(order_id=event.order_id, actor="system")
