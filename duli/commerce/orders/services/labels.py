"""Parcels with labels bought here: from what sending costs to the number on the parcel, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.commerce.inventory.models import Location
from duli.commerce.orders import locks
from duli.commerce.orders.label_facts import customs_of, recipient_of, sender_of, weight_of
from duli.commerce.orders.models import Fulfilment, Order, OrderLine
from duli.commerce.orders.services.fulfil import change_tracking, check_shippable, fulfil
from duli.commerce.orders.services.tracking import fulfilment_of, reference_of
from duli.commerce.orders.types import FulfilLine, LabelNotSent, NotPaidYet, OrderClosed, OrderHeld, TooManyUnits
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.carrier import CarrierRefused, CarrierUnavailable
from duli.commerce.shipping.label_seller import Consignment, Package
from duli.commerce.shipping.models import ShippingLabel
from duli.commerce.shipping.sellers import seller_on, usual_package
from duli.commerce.shipping.types import LabelOffers, NobodySellsLabels

LOOK_AGAIN = timedelta(minutes=1)
"""When a job looks what became of a label that was to be bought."""
HEAVIEST = 1_000_000
LONGEST = 10_000


def usual_parcel(*, order_id: int, lines: Sequence[FulfilLine]) -> Package:
    """Return how heavy units of an order are with the box, as far as is known. NobodySellsLabels."""
    found = seller_on()
    if found is None:
        raise NobodySellsLabels()
    wanted = {line.order_line_id: line.quantity for line in lines}
    rows = OrderLine.objects.filter(order_id=order_id, pk__in=wanted)
    return usual_package(found[1], weight_of({row: wanted[row.pk] for row in rows}))


def label_offers(
    *, order_id: int, lines: Sequence[FulfilLine], location_id: int, package: Package, allow_unpaid: bool = False
) -> LabelOffers:
    """Ask what it costs to send units of an order from a place. Nothing is bought. Never inside a transaction.

    Raises what `fulfil` raises; LabelNotSent, CustomsFactsMissing (names the goods), InvalidInput (weight, length,
    width, height), NobodySellsLabels, CarrierUnavailable, CarrierRefused.
    """
    order = Order.objects.filter(pk=order_id).first()
    location = Location.objects.filter(pk=location_id).first()
    if order is None:
        raise NotFound()
    rows, wanted = check_shippable(order, lines, location_id, allow_unpaid=allow_unpaid)
    if location is None:
        raise InvalidInput(field="location")
    _check_package(package)
    if not order.shipping_address or order.pickup_location_id:
        raise LabelNotSent()
    sent = {rows[line_id]: quantity for line_id, quantity in wanted.items()}
    return shipping.offers_for(consignment=_consignment(order, sent, location, package))


def _consignment(order: Order, sent: Mapping[OrderLine, int], location: Location, package: Package) -> Consignment:
    sender, recipient = sender_of(location), recipient_of(order)
    customs = customs_of(order, sent) if recipient.country != sender.country else None
    return Consignment(f"#{order.number}", sender, recipient, package, customs)


def _check_package(package: Package) -> None:
    if not 0 < package.weight_grams <= HEAVIEST:
        raise InvalidInput(field="weight")
    for name, value in (("length", package.length_mm), ("width", package.width_mm), ("height", package.height_mm)):
        if not 0 <= value <= LONGEST:
            raise InvalidInput(field=name)


def buy_label(
    *,
    order_id: int,
    lines: Sequence[FulfilLine],
    location_id: int,
    quote_id: int,
    offer_key: str,
    idempotency_key: str,
    actor: str,
    allow_unpaid: bool = False,
) -> Fulfilment:
    """Buy a label at a price that was shown, and send the parcel with its number. Never inside a transaction.

    The same key again returns the same parcel: nothing is bought twice. What is written down before the seller is asked
    is taken up by a job, should this process end meanwhile. A label that was bought for an order that could not be
    sent any more stays loose and can be given back; then what `fulfil` says is raised. Raises what `fulfil` and
    `shipping.open_label` raise, CarrierUnavailable (nobody knows yet; the job finds out), CarrierRefused.
    """
    label = _open(order_id, lines, location_id, quote_id, offer_key, idempotency_key, actor, allow_unpaid)
    parcel = finish_label(label_id=label.pk)
    if parcel is None:
        label.refresh_from_db()
        raise CarrierUnavailable()
    return parcel


@transaction.atomic
def _open(
    order_id: int,
    lines: Sequence[FulfilLine],
    location_id: int,
    quote_id: int,
    offer_key: str,
    idempotency_key: str,
    actor: str,
    allow_unpaid: bool,
) -> ShippingLabel:
    from duli.commerce.orders.jobs import finish_label as later

    order = locks.lock_order(order_id)
    key = f"{order.pk}:{idempotency_key}"[:80]
    existing = ShippingLabel.objects.filter(idempotency_key=key).first()
    if existing is not None:
        return existing
    _rows, wanted = check_shippable(order, lines, location_id, allow_unpaid=allow_unpaid)
    label = shipping.open_label(
        reference=order.reference,
        quote_id=quote_id,
        offer_key=offer_key,
        plan={"lines": sorted(wanted.items()), "location": location_id, "allow_unpaid": allow_unpaid},
        idempotency_key=key,
        actor=actor,
    )
    later.enqueue(run_after=now() + LOOK_AGAIN, label_id=label.pk)
    return label


def finish_label(*, label_id: int) -> Fulfilment | None:
    """Bring a label that was written down to its parcel, from wherever it stands. Never inside a transaction.

    Again changes nothing. None: it was not bought. CarrierUnavailable, CarrierRefused; what `fulfil` raises.
    """
    label = shipping.purchase(label_id=label_id)
    if label.state == ShippingLabel.State.FAILED or not label.bought_at:
        return None
    if not label.parcel:
        try:
            _send(label)
        except DuliError as error:
            shipping.leave_loose(label_id=label.pk, problem=error.code, detail=sentence(error))
            raise
        label.refresh_from_db()
    with suppress(CarrierUnavailable):
        shipping.fetch_document(label_id=label.pk)
    key = fulfilment_of(label.parcel)
    return Fulfilment.objects.filter(pk=key).first() if key else None


def finish_label_later(*, label_id: int) -> None:
    """Do the same in a job: what was refused is written down beside the label, for the staff to read."""
    with suppress(CarrierRefused, OrderClosed, OrderHeld, NotPaidYet, TooManyUnits):
        finish_label(label_id=label_id)
        shipping.fetch_document(label_id=label_id)


@transaction.atomic
def _send(label: ShippingLabel) -> None:
    plan = label.plan
    parcel = fulfil(
        order_id=int(label.reference.partition(":")[2]),
        lines=[FulfilLine(line_id, quantity) for line_id, quantity in plan["lines"]],
        location_id=plan["location"],
        idempotency_key=f"label:{label.pk}",
        actor=label.actor,
        carrier=label.carrier,
        tracking_number=label.number,
        allow_unpaid=bool(plan.get("allow_unpaid")),
    )
    shipping.stick(label_id=label.pk, parcel=reference_of(parcel.pk))


def void_label(*, label_id: int, actor: str) -> ShippingLabel:
    """Give a label back that was not used; its parcel has no number any more. Never inside a transaction.

    Raises what `shipping.void_label` raises.
    """
    label = shipping.void_label(label_id=label_id, actor=actor)
    take_number_off(label_id=label.pk, actor=actor)
    return label


def take_number_off(*, label_id: int, actor: str) -> None:
    """Take the number of a label that was given back off its parcel, unless it has another one by now."""
    label = ShippingLabel.objects.filter(pk=label_id).first()
    key = fulfilment_of(label.parcel) if label else None
    parcel = Fulfilment.objects.filter(pk=key).first() if key else None
    if label is None or parcel is None or label.state == ShippingLabel.State.VOID_REJECTED:
        return
    if label.number and parcel.tracking_number == label.number:
        change_tracking(fulfilment_id=parcel.pk, carrier="", tracking_number="", actor=actor)
