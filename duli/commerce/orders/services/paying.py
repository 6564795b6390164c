"""How the buyer of an order pays what is still due."""

from __future__ import annotations

from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.orders.offered import methods_of
from duli.commerce.payments import services as payments
from duli.commerce.payments.types import UnknownMethod


def choose_method(*, order: Order, method_code: str) -> None:
    """Let the rest be paid another way that the shop offers for this order; nothing changes for any other.

    Calls gateways, so never inside a transaction. Raises UnknownMethod (also for an order without anything to pay)
    and what `payments.change_method` raises.
    """
    total = Money(order.total_minor, order.currency)
    offered = methods_of(order, amount=total, language=order.language)
    if order.payment_collection_id is None or method_code not in {method.code for method in offered}:
        raise UnknownMethod(field="payment_method")
    payments.change_method(collection_id=order.payment_collection_id, method_code=method_code)
