"""Labels bought here: for goods that leave, for a parcel that left, for goods that come back; and giving them back.

What becomes of a label once it is bought stands in its plan, written down before anybody is asked: `lines` are sent as
a new parcel, `parcel` gets the label's number, `return` has the shopper print it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.commerce.inventory.models import Location
from duli.commerce.orders import locks
from duli.commerce.orders.label_facts import customs_of, recipient_of, sender_of, weight_of
from duli.commerce.orders.models import Fulfilment, Order, OrderLine, OrderReturn
from duli.commerce.orders.services.fulfil import change_tracking, check_shippable, fulfil
from duli.commerce.orders.services.returns import approve_return
from duli.commerce.orders.services.talk import answer as write_to_shopper
from duli.commerce.orders.services.tracking import fulfilment_of, reference_of
from duli.commerce.orders.states import ParcelState, ReturnProgress
from duli.commerce.orders.types import (
    FulfilLine,
    LabelNotSent,
    NoAddress,
    NotPaidYet,
    OrderClosed,
    OrderHeld,
    ParcelHasNumber,
    ReturnMovedOn,
    TooManyUnits,
)
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.carrier import CarrierRefused, CarrierUnavailable
from duli.commerce.shipping.label_seller import Consignment, Package
from duli.commerce.shipping.models import ShippingLabel
from duli.commerce.shipping.sellers import seller_on, usual_package
from duli.commerce.shipping.types import LabelOffers, NobodySellsLabels

LOOK_AGAIN = timedelta(minutes=1)
"""When a job looks what became of a label that was to be bought."""
HEAVIEST = 1_000_000
RETURNS = "return:"
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
    if order is None:
        raise NotFound()
    rows, wanted = check_shippable(order, lines, location_id, allow_unpaid=allow_unpaid)
    sent = {rows[line_id]: quantity for line_id, quantity in wanted.items()}
    return ask_prices(order, sent, location_id, package)


def parcel_label_offers(*, fulfilment_id: int, location_id: int, package: Package) -> LabelOffers:
    """Ask what it costs to send a parcel that was packed without a number. Never inside a transaction.

    Raises NotFound, ParcelHasNumber and what `label_offers` raises of address, customs, weight and seller.
    """
    parcel = Fulfilment.objects.select_related("order").filter(pk=fulfilment_id).first()
    if parcel is None:
        raise NotFound()
    check_unnumbered(parcel)
    sent = {line.order_line: line.quantity for line in parcel.lines.select_related("order_line")}
    return ask_prices(parcel.order, sent, location_id, package)


def return_label_offers(*, return_id: int, location_id: int, package: Package) -> LabelOffers:
    """Ask what it costs to have the goods of a return come to a place of the shop. Never inside a transaction.

    Raises NotFound, ReturnMovedOn (they are here, or are not to come) and what `parcel_label_offers` raises.
    """
    row = OrderReturn.objects.select_related("order").filter(pk=return_id).first()
    if row is None:
        raise NotFound()
    check_awaited(row)
    coming = {line.order_line: line.quantity for line in row.lines.select_related("order_line")}
    return ask_prices(row.order, coming, location_id, package, comes_back=True)


def check_unnumbered(parcel: Fulfilment) -> None:
    """Raise ParcelHasNumber where a parcel needs no label: it has a number, or it arrived."""
    if parcel.tracking_number or parcel.state == ParcelState.DELIVERED:
        raise ParcelHasNumber()


def check_awaited(row: OrderReturn) -> None:
    """Raise ReturnMovedOn unless the goods of a return may still set out."""
    if row.state not in {ReturnProgress.REQUESTED, ReturnProgress.APPROVED}:
        raise ReturnMovedOn()


def ask_prices(
    order: Order, goods: Mapping[OrderLine, int], location_id: int, package: Package, *, comes_back: bool = False
) -> LabelOffers:
    """Ask what it costs to send goods of an order; whether they may leave was looked at before."""
    location = Location.objects.filter(pk=location_id).first()
    if location is None:
        raise InvalidInput(field="location")
    _check_package(package)
    if not order.shipping_address or order.pickup_location_id:
        raise LabelNotSent()
    here, there = sender_of(location), recipient_of(order)
    customs = customs_of(order, goods) if here.country != there.country else None
    sender, recipient = (there, here) if comes_back else (here, there)
    return shipping.offers_for(
        consignment=Consignment(f"#{order.number}", sender, recipient, package, customs),
        about=about_of(order, {line.pk: units for line, units in goods.items()}, comes_back=comes_back),
    )


def about_of(order: Order, goods: Mapping[int, int], *, comes_back: bool = False) -> str:
    """Return what a label's price depends on of an order: its goods, and where they go, or come from."""
    return json.dumps([order.reference, asdict(recipient_of(order)), sorted(goods.items()), comes_back])


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

    The same key again returns the same parcel: nothing is bought twice. A price counts for the goods that it was asked
    for, as long as they go to the same address. What is written down before the seller is asked is taken up by a job,
    should this process end meanwhile. A label that was bought for an order that could not be sent any more stays loose
    and can be given back; then what `fulfil` says is raised. Raises what `fulfil` and `shipping.open_label` raise,
    CarrierUnavailable (nobody knows yet; the job finds out), CarrierRefused.
    """
    label = _open(order_id, lines, location_id, quote_id, offer_key, idempotency_key, actor, allow_unpaid)
    parcel = finish_label(label_id=label.pk)
    if parcel is None:
        raise CarrierUnavailable()
    return parcel


def buy_parcel_label(
    *, fulfilment_id: int, quote_id: int, offer_key: str, idempotency_key: str, actor: str
) -> Fulfilment:
    """Buy a label for a parcel that was packed without a number; it gets the label's. Never inside a transaction.

    As `buy_label`, but for what `fulfil` says. Raises NotFound, ParcelHasNumber.
    """
    label = _open_for_parcel(fulfilment_id, quote_id, offer_key, idempotency_key, actor)
    parcel = finish_label(label_id=label.pk)
    if parcel is None:
        raise CarrierUnavailable()
    return parcel


def buy_return_label(
    *, return_id: int, quote_id: int, offer_key: str, idempotency_key: str, actor: str
) -> ShippingLabel:
    """Buy the label with which the goods of a return come back. Never inside a transaction.

    The shopper prints it from the order's page and is told by mail; a return that was only asked for is approved by
    it. As `buy_label`, but for what `fulfil` says. Raises NotFound, ReturnMovedOn.
    """
    label = _open_for_return(return_id, quote_id, offer_key, idempotency_key, actor)
    finish_label(label_id=label.pk)
    label.refresh_from_db()
    if not label.parcel:
        raise CarrierUnavailable()
    return label


@transaction.atomic
def _open_for_parcel(
    fulfilment_id: int, quote_id: int, offer_key: str, idempotency_key: str, actor: str
) -> ShippingLabel:
    order, parcel = locks.lock_fulfilment(fulfilment_id)
    key = f"{order.pk}:{idempotency_key}"[:80]
    existing = ShippingLabel.objects.filter(idempotency_key=key).first()
    if existing is not None:
        return existing
    check_unnumbered(parcel)
    about = about_of(order, dict(parcel.lines.values_list("order_line_id", "quantity")))
    return write_down(order, about, {"parcel": parcel.pk}, quote_id, offer_key, key, actor)


@transaction.atomic
def _open_for_return(return_id: int, quote_id: int, offer_key: str, idempotency_key: str, actor: str) -> ShippingLabel:
    order, row = locks.lock_return(return_id)
    key = f"{order.pk}:{idempotency_key}"[:80]
    existing = ShippingLabel.objects.filter(idempotency_key=key).first()
    if existing is not None:
        return existing
    check_awaited(row)
    about = about_of(order, dict(row.lines.values_list("order_line_id", "quantity")), comes_back=True)
    return write_down(order, about, {"return": row.pk}, quote_id, offer_key, key, actor)


def write_down(
    order: Order,
    about: str,
    plan: Mapping[str, object],
    quote_id: int,
    offer_key: str,
    key: str,
    actor: str,
    *,
    is_further: bool = False,
) -> ShippingLabel:
    """Write a label down together with the job that looks again, in the caller's transaction.

    `is_further`: another of the same purchase was just written down.
    """
    from duli.commerce.orders.jobs import finish_label as later

    label = shipping.open_label(
        reference=order.reference,
        about=about,
        quote_id=quote_id,
        offer_key=offer_key,
        plan=plan,
        idempotency_key=key,
        actor=actor,
        is_further=is_further,
    )
    later.enqueue(run_after=now() + LOOK_AGAIN, label_id=label.pk)
    return label


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
    order = locks.lock_order(order_id)
    key = f"{order.pk}:{idempotency_key}"[:80]
    existing = ShippingLabel.objects.filter(idempotency_key=key).first()
    if existing is not None:
        return existing
    _rows, wanted = check_shippable(order, lines, location_id, allow_unpaid=allow_unpaid)
    plan = {"lines": sorted(wanted.items()), "location": location_id, "allow_unpaid": allow_unpaid}
    return write_down(order, about_of(order, wanted), plan, quote_id, offer_key, key, actor)


def finish_label(*, label_id: int) -> Fulfilment | None:
    """Bring a label that was written down to what it is for, from wherever it stands. Never inside a transaction.

    Again changes nothing. Returns its parcel; None: it was not bought, or goods come back with it. CarrierUnavailable,
    CarrierRefused; what `fulfil` raises, ParcelHasNumber, ReturnMovedOn.
    """
    label = shipping.purchase(label_id=label_id)
    if label.state == ShippingLabel.State.FAILED or not label.bought_at:
        return None
    if not label.parcel and label.state != ShippingLabel.State.BOUGHT:
        # It was given back before it was stuck to anything.
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
    with suppress(CarrierRefused, OrderClosed, OrderHeld, NotPaidYet, TooManyUnits, ParcelHasNumber, ReturnMovedOn):
        finish_label(label_id=label_id)
        shipping.fetch_document(label_id=label_id)


@transaction.atomic
def _send(label: ShippingLabel) -> None:
    plan = label.plan
    if "parcel" in plan:
        _number(label, int(plan["parcel"]))
        return
    if "return" in plan:
        _await(label, int(plan["return"]))
        return
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


def _number(label: ShippingLabel, fulfilment_id: int) -> None:
    """Give a packed parcel the number of its label; whoever gave it one meanwhile was first."""
    _order, parcel = locks.lock_fulfilment(fulfilment_id)
    check_unnumbered(parcel)
    change_tracking(fulfilment_id=parcel.pk, carrier=label.carrier, tracking_number=label.number, actor=label.actor)
    shipping.stick(label_id=label.pk, parcel=reference_of(parcel.pk))


def _await(label: ShippingLabel, return_id: int) -> None:
    """Let the goods of a return set out with a label, and tell the shopper where it can be printed."""
    order, row = locks.lock_return(return_id)
    check_awaited(row)
    row.tracking_number = label.number[:80]
    row.save(update_fields=["tracking_number"])
    with translation.override(order.language):
        words = gettext("Print the label for your return %(number)s from the page of your order, and stick it on.")
    words %= {"number": row.number}
    if row.state == ReturnProgress.REQUESTED:
        approve_return(return_id=row.pk, actor=label.actor, answer=words)
    else:
        with suppress(NoAddress):
            write_to_shopper(order_id=order.pk, text=words, actor=label.actor)
    shipping.stick(label_id=label.pk, parcel=return_reference(row.pk))


def return_reference(return_id: int) -> str:
    """Return the name under which the label of a return is kept."""
    return f"{RETURNS}{return_id}"


def void_label(*, label_id: int, actor: str) -> ShippingLabel:
    """Give a label back that was not used; its parcel has no number any more. Never inside a transaction.

    Raises what `shipping.void_label` raises.
    """
    label = shipping.void_label(label_id=label_id, actor=actor)
    take_number_off(label_id=label.pk, actor=actor)
    return label


def take_number_off(*, label_id: int, actor: str) -> None:
    """Take the number of a label that was given back off its parcel or return, unless it has another one by now."""
    label = ShippingLabel.objects.filter(pk=label_id).first()
    if label is not None and label.parcel.startswith(RETURNS) and label.state != ShippingLabel.State.VOID_REJECTED:
        rows = OrderReturn.objects.filter(pk=int(label.parcel.removeprefix(RETURNS)), tracking_number=label.number)
        rows.update(tracking_number="")
        return
    key = fulfilment_of(label.parcel) if label else None
    parcel = Fulfilment.objects.filter(pk=key).first() if key else None
    if label is None or parcel is None or label.state == ShippingLabel.State.VOID_REJECTED:
        return
    if label.number and parcel.tracking_number == label.number:
        change_tracking(fulfilment_id=parcel.pk, carrier="", tracking_number="", actor=actor)
