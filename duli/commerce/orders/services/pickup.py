"""Orders that are fetched: laid ready at their place, then handed over."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.commerce.inventory.selectors import pickup_place
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderCollected, PickupReady, PickupTakenBack
from duli.commerce.orders.models import Fulfilment, Order, OrderLine
from duli.commerce.orders.services.fulfil import MAY_SHIP, fulfil, mark_delivered
from duli.commerce.orders.states import OrderStatus
from duli.commerce.orders.types import FulfilLine, NothingToCollect, NotPaidYet, OrderClosed, OrderHeld
from duli.platform.events.services import publish


@transaction.atomic
def ready_for_pickup(*, order_id: int, actor: str, allow_unpaid: bool = False) -> Order:
    """Say that everything lies ready; the shopper gets a mail with place and hours. A second time changes nothing.

    Stock stays held until it is handed over. Raises OrderClosed, OrderHeld, NothingToCollect, NotPaidYet (unless it is
    confirmed, or paid when it is fetched: `allow_unpaid`).
    """
    order = locks.lock_order(order_id)
    if order.pickup_ready_at is not None and order.status == OrderStatus.OPEN:
        return order
    _check(order, allow_unpaid=allow_unpaid)
    place = pickup_place(order.pickup_location_id or 0)
    order.pickup_ready_at = now()
    # What lies ready is not given back by the clock.
    order.expires_at = None
    order.version += 1
    order.save(update_fields=["pickup_ready_at", "expires_at", "version"])
    publish(PickupReady(order.pk, place.name if place else ""), reference=order.reference, actor=actor)
    return order


@transaction.atomic
def not_ready(*, order_id: int, actor: str) -> Order:
    """Take back that everything lies ready; where it does not, nothing changes.

    The shopper is told nothing: another mail says so when it lies ready after all. Raises as `ready_for_pickup` does.
    """
    order = locks.lock_order(order_id)
    if order.pickup_ready_at is None:
        return order
    _check(order, allow_unpaid=True)
    order.pickup_ready_at = None
    order.version += 1
    order.save(update_fields=["pickup_ready_at", "version"])
    publish(PickupTakenBack(order.pk), reference=order.reference, actor=actor)
    return order


@transaction.atomic
def collect(*, order_id: int, idempotency_key: str, actor: str, allow_unpaid: bool = False) -> Fulfilment:
    """Hand over all that is left: its units leave the stock of the place, and it counts as delivered.

    The same key again returns the same. Raises as `ready_for_pickup` does.
    """
    order = locks.lock_order(order_id)
    existing = Fulfilment.objects.filter(idempotency_key=f"{order.pk}:{idempotency_key}"[:80], order=order).first()
    if existing is not None:
        return existing
    _check(order, allow_unpaid=allow_unpaid)
    parcel = fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, line.to_ship) for line in _waiting(order)],
        location_id=order.pickup_location_id,
        idempotency_key=idempotency_key,
        actor=actor,
        allow_unpaid=True,
    )
    parcel = mark_delivered(fulfilment_id=parcel.pk, actor=actor)
    publish(OrderCollected(order.pk, parcel.pk), reference=order.reference, actor=actor)
    return parcel


def _waiting(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.filter(requires_shipping=True) if line.to_ship > 0]


def _check(order: Order, *, allow_unpaid: bool) -> None:
    if order.status == OrderStatus.CANCELLED:
        raise OrderClosed()
    if order.held_at:
        raise OrderHeld()
    if order.pickup_location_id is None or not _waiting(order):
        raise NothingToCollect()
    if order.payment_state not in MAY_SHIP and not order.confirmed_at and not allow_unpaid:
        raise NotPaidYet()
