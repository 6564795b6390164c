from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line, safe_url
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location
from duli.commerce.orders import locks
from duli.commerce.orders.events import FulfilmentDelivered, FulfilmentShipped, TrackingChanged
from duli.commerce.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from duli.commerce.orders.parts import stock_of_line
from duli.commerce.orders.services.settle import restate
from duli.commerce.orders.states import OrderStatus, ParcelState, PaymentState, fulfilment_state_of
from duli.commerce.orders.types import FulfilLine, NothingToShip, NotPaidYet, OrderClosed, OrderHeld, TooManyUnits
from duli.commerce.shipping.carriers import tracking_url as known_tracking_url
from duli.platform.events.services import publish

MAY_SHIP = {PaymentState.PAID, PaymentState.AUTHORISED, PaymentState.PARTIALLY_REFUNDED}


@transaction.atomic
def fulfil(
    *,
    order_id: int,
    lines: Sequence[FulfilLine],
    location_id: int | None,
    idempotency_key: str,
    actor: str,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    allow_unpaid: bool = False,
) -> Fulfilment:
    """Send a parcel: the lines' units leave stock and FulfilmentShipped is published.

    The same key again returns the same parcel. An unpaid order ships only if it was confirmed (cash on
    delivery) or with `allow_unpaid`. Raises OrderClosed, OrderHeld, NotPaidYet, NothingToShip, TooManyUnits and
    InvalidInput.
    """
    order = locks.lock_order(order_id)
    key = f"{order.pk}:{idempotency_key}"[:80]
    existing = Fulfilment.objects.filter(idempotency_key=key, order=order).first()
    if existing:
        return existing
    rows, wanted = check_shippable(order, lines, location_id, allow_unpaid=allow_unpaid)
    number = one_line(tracking_number, 80)
    parcel = Fulfilment.objects.create(
        order=order,
        location_id=location_id,
        carrier=one_line(carrier, 40),
        tracking_number=number,
        tracking_url=safe_url(tracking_url) or known_tracking_url(carrier, number),
        idempotency_key=key,
        shipped_at=now(),
    )
    FulfilmentLine.objects.bulk_create(
        [
            FulfilmentLine(fulfilment=parcel, order_line_id=line_id, quantity=quantity)
            for line_id, quantity in sorted(wanted.items())
        ]
    )
    for line_id, quantity in wanted.items():
        rows[line_id].fulfilled_quantity += quantity
        rows[line_id].save(update_fields=["fulfilled_quantity"])
    _recompute(order)
    publish(
        FulfilmentShipped(order.pk, parcel.pk, parcel.carrier, parcel.tracking_number),
        reference=order.reference,
        actor=actor,
    )
    requests = [request for line_id, quantity in wanted.items() for request in stock_of_line(rows[line_id], quantity)]
    inventory.ship(reference=order.reference, requests=requests, actor=actor)
    return parcel


def check_shippable(
    order: Order, lines: Sequence[FulfilLine], location_id: int | None, *, allow_unpaid: bool
) -> tuple[dict[int, OrderLine], dict[int, int]]:
    """Return the order's lines and how many units of which leave; raises what `fulfil` says."""
    if order.status == OrderStatus.CANCELLED:
        raise OrderClosed()
    if order.held_at:
        raise OrderHeld()
    if order.payment_state not in MAY_SHIP and not order.confirmed_at and not allow_unpaid:
        raise NotPaidYet()
    if location_id is not None and not Location.objects.filter(pk=location_id).exists():
        raise InvalidInput(field="location")
    wanted: dict[int, int] = {}
    for line in lines:
        if line.quantity < 0:
            raise InvalidInput(field="quantity")
        if line.quantity:
            wanted[line.order_line_id] = wanted.get(line.order_line_id, 0) + line.quantity
    if not wanted:
        raise NothingToShip()
    rows = {row.pk: row for row in order.lines.all()}
    for line_id, quantity in wanted.items():
        row = rows.get(line_id)
        if row is None:
            raise InvalidInput(field="line")
        if quantity > row.to_ship:
            raise TooManyUnits(left=row.to_ship, title=row.title)
    return rows, wanted


def recompute_fulfilment(order: Order) -> None:
    """Bring a locked order's fulfilment state in line with its lines and parcels."""
    order.fulfilment_state = fulfilment_state_of(
        order.lines.filter(requires_shipping=True).values_list(
            F("quantity") - F("cancelled_quantity"), "fulfilled_quantity"
        ),
        order.fulfilments.values_list("state", flat=True),
    )
    restate(order)
    order.save(update_fields=["fulfilment_state", "status"])


def _recompute(order: Order) -> None:
    recompute_fulfilment(order)
    order.version += 1
    order.expires_at = None
    order.save(update_fields=["version", "expires_at"])


@transaction.atomic
def change_tracking(
    *, fulfilment_id: int, carrier: str, tracking_number: str, actor: str, tracking_url: str = ""
) -> Fulfilment:
    """Correct a parcel's carrier and number. NotFound."""
    order, parcel = locks.lock_fulfilment(fulfilment_id)
    parcel.carrier = one_line(carrier, 40)
    parcel.tracking_number = one_line(tracking_number, 80)
    parcel.tracking_url = safe_url(tracking_url) or known_tracking_url(carrier, parcel.tracking_number)
    parcel.progress = ""
    parcel.save(update_fields=["carrier", "tracking_number", "tracking_url", "progress"])
    publish(
        TrackingChanged(order.pk, parcel.pk, parcel.carrier, parcel.tracking_number),
        reference=order.reference,
        actor=actor,
    )
    return parcel


@transaction.atomic
def mark_delivered(*, fulfilment_id: int, actor: str) -> Fulfilment:
    """Say that a parcel arrived; a second time changes nothing. NotFound."""
    order, parcel = locks.lock_fulfilment(fulfilment_id)
    if parcel.state == ParcelState.DELIVERED:
        return parcel
    parcel.state = ParcelState.DELIVERED
    parcel.delivered_at = now()
    parcel.save(update_fields=["state", "delivered_at"])
    _recompute(order)
    publish(FulfilmentDelivered(order.pk, parcel.pk), reference=order.reference, actor=actor)
    return parcel
