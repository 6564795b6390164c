from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.inventory import services as inventory
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderConfirmed
from duli.commerce.orders.models import Order
from duli.commerce.orders.services.settle import settle
from duli.commerce.orders.states import OrderStatus
from duli.commerce.orders.types import OrderClosed
from duli.commerce.payments import services as payments
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.types import NothingAuthorised
from duli.platform.events.services import publish


@transaction.atomic
def confirm(*, order_id: int, actor: str) -> Order:
    """Accept an open order, such as one paid on delivery: its stock stays held and it may be shipped.

    A second time changes nothing. Raises OrderClosed.
    """
    order = locks.lock_order(order_id)
    if order.confirmed_at:
        return order
    if order.status != OrderStatus.OPEN:
        raise OrderClosed()
    order.confirmed_at = now()
    order.expires_at = None
    order.version += 1
    order.save(update_fields=["confirmed_at", "expires_at", "version"])
    publish(OrderConfirmed(order.pk), reference=order.reference, actor=actor)
    inventory.allocate(reference=order.reference)
    return order


@transaction.atomic
def mark_paid(*, order_id: int, actor: str, idempotency_key: str, note: str = "") -> Order:
    """Record that everything still owed has arrived by hand (transfer, cash); the same key again does nothing."""
    order = locks.lock_order(order_id)
    if order.status == OrderStatus.CANCELLED:
        raise OrderClosed()
    if order.payment_collection_id:
        collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
        left = collection.amount_minor - collection.captured_minor
        if left > 0:
            payments.mark_received(
                collection_id=collection.pk,
                amount=Money(left, collection.currency),
                actor=actor,
                idempotency_key=idempotency_key,
                note=note,
            )
    return settle(order_id=order_id, actor=actor)


@transaction.atomic
def note_received(*, order_id: int, amount: Money, actor: str, idempotency_key: str, note: str = "") -> Order:
    """Let `amount` that came by transfer count for the order, whatever it owes; the same key again does nothing.

    Less leaves the rest owed, more needs a person; money for a cancelled order is late and revives it or goes back.
    NotFound (also where nothing was to be paid), InvalidInput, WrongCurrency, IdempotencyConflict.
    """
    order = locks.lock_order(order_id)
    if order.payment_collection_id is None:
        raise NotFound()
    payments.mark_received(
        collection_id=order.payment_collection_id,
        amount=amount,
        actor=actor,
        idempotency_key=idempotency_key,
        note=note,
    )
    return settle(order_id=order_id, actor=actor)


@transaction.atomic
def take_off_received(*, order_id: int, actor: str, idempotency_key: str, note: str = "") -> Order:
    """Take off again what `note_received` noted under this key: the order owes it as before; again changes nothing.

    NotFound, NotReceived, AlreadyGivenBack.
    """
    order = locks.lock_order(order_id)
    if order.payment_collection_id is None:
        raise NotFound()
    payments.take_off(
        collection_id=order.payment_collection_id, actor=actor, idempotency_key=idempotency_key, note=note
    )
    return settle(order_id=order_id, actor=actor)


def capture(*, order_id: int, actor: str, amount: Money | None = None) -> Order:
    """Take what the shopper has authorised, or `amount` of it and release the rest.

    Calls the gateway, so never inside a transaction.
    NotFound, NothingAuthorised, WrongCurrency, CaptureTooLarge, GatewayUnavailable, GatewayRefused.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    if order.payment_collection_id is None:
        raise NothingAuthorised()
    payments.capture(collection_id=order.payment_collection_id, amount=amount)
    return settle(order_id=order_id, actor=actor)
