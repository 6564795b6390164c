"""What an order asks its payment collection for."""

from __future__ import annotations

from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.orders.offered import methods_of
from duli.commerce.orders.standing import outstanding
from duli.commerce.payments import services as payments
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.types import UnknownMethod


def ask_for(order: Order, *, actor: str) -> int:
    """Let the payment collection of a locked order ask for what it costs now; return what is owed, in minor units."""
    if not order.payment_collection_id:
        if not order.total_minor:
            return 0
        collection = payments.open_collection(
            reference=order.reference,
            label=order.number or "",
            amount=Money(order.total_minor, order.currency),
            method_code=order.payment_method_code or some_method(order),
            return_url=f"/orders/{order.token}",
            language=order.language,
        )
        order.payment_collection_id = collection.pk
        order.save(update_fields=["payment_collection_id"])
        return order.total_minor
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    # Never less than what came in: that would look like money nobody asked for.
    wanted = max(order.total_minor - order.offset_minor, collection.captured_minor)
    payments.change_amount(collection_id=collection.pk, amount=Money(wanted, order.currency), actor=actor)
    return outstanding(order, collection.captured_minor)


def some_method(order: Order) -> str:
    """Return a way to pay that is offered for the order today. UnknownMethod if there is none."""
    offered = methods_of(order, amount=Money(order.total_minor, order.currency), language=order.language)
    if not offered:
        raise UnknownMethod(field="payment_method")
    return offered[0].code
