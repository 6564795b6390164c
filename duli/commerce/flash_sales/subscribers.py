from __future__ import annotations

from duli.commerce.flash_sales import services
from duli.commerce.orders.events import OrderCancelled, OrderPaid
from duli.commerce.orders.models import Order
from duli.platform.events.registry import EventContext, subscribes


@subscribes(OrderCancelled, name="flash_sales.give_back")
def give_back(event: OrderCancelled, context: EventContext) -> None:
    """Units of an order that was cancelled or not paid in time are in the sale again."""
    # What was merged into it took units of its own.
    merged = Order.objects.filter(merged_into=event.order_id).order_by("pk").values_list("pk", flat=True)
    for order_id in (event.order_id, *merged):
        services.give_back(
            reference=f"order:{order_id}",
            has_expired=event.reason == "expired",
            restock=event.restocked,
            actor=context.actor or "system",
        )


@subscribes(OrderPaid, name="flash_sales.note_paid")
def note_paid(event: OrderPaid, context: EventContext) -> None:
    services.note_paid(reference=f"order:{event.order_id}")
