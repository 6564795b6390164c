from __future__ import annotations

from typing import Any

from duli.commerce.customers.events import CustomersMerged
from duli.commerce.membership.models import Redemption
from duli.commerce.membership.selectors import is_running
from duli.commerce.membership.services import assess, restate, welcome
from duli.commerce.orders.events import (
    FulfilmentDelivered,
    OrderCancelled,
    OrderCollected,
    OrderEdited,
    OrderMerged,
    OrderPaid,
    OrderPaymentStateChanged,
    OrderRefunded,
    OrderSplit,
)
from duli.commerce.orders.models import Order
from duli.platform.accounts.events import AddressProved
from duli.platform.events.registry import EventContext, subscribes


@subscribes(OrderPaid, name="membership.paid", only_if=is_running)
def order_paid(event: OrderPaid, context: EventContext) -> None:
    """An order earns by the tier that its buyer had before it; then it may lift them into a higher one."""
    _follow(event.order_id, context)


@subscribes(
    OrderRefunded,
    OrderCancelled,
    OrderEdited,
    OrderSplit,
    OrderMerged,
    OrderPaymentStateChanged,
    FulfilmentDelivered,
    OrderCollected,
    name="membership.order",
)
def order_changed(event: Any, context: EventContext) -> None:
    """What went back takes its points back and brings those it spent; also after the program has ended."""
    if is_running() or Redemption.objects.filter(pk=event.order_id).exists():
        _follow(event.order_id, context)


def _follow(order_id: int, context: EventContext) -> None:
    restate(order_id=order_id, actor=context.actor or "system")
    customer_id = Order.objects.filter(pk=order_id).values_list("customer_id", flat=True).first()
    if customer_id is not None:
        assess(customer_id=customer_id)


@subscribes(CustomersMerged, name="membership.merged", only_if=is_running)
def customers_merged(event: CustomersMerged, context: EventContext) -> None:
    assess(customer_id=event.customer_id)


@subscribes(AddressProved, name="membership.welcome", only_if=is_running)
def address_proved(event: AddressProved, context: EventContext) -> None:
    welcome(user_id=event.user_id)
