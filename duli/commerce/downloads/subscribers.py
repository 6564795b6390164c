from __future__ import annotations

from duli.commerce.downloads.services import follow_lines, grant, revoke_refunded
from duli.commerce.orders.events import OrderCancelled, OrderEdited, OrderMerged, OrderPaid, OrderRefunded, OrderSplit
from duli.platform.events.registry import EventContext, subscribes


@subscribes(OrderPaid, OrderEdited, name="downloads.grant")
def grant_files(event: OrderPaid | OrderEdited, context: EventContext) -> None:
    grant(order_id=event.order_id)


@subscribes(OrderSplit, OrderMerged, name="downloads.follow")
def follow(event: OrderSplit | OrderMerged, context: EventContext) -> None:
    follow_lines(order_id=event.order_id)


@subscribes(OrderRefunded, OrderCancelled, name="downloads.take_back")
def take_back(event: OrderRefunded | OrderCancelled, context: EventContext) -> None:
    revoke_refunded(order_id=event.order_id)
