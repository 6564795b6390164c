"""Labels for an order that leaves in several parcels: one price for all, one press, each bought once.

Every parcel has a shipment of its own at the seller (a carrier's own orders of many parcels are not sold by all). All
labels are written down together; then each goes the way of a single one, so that one that is refused or not answered
keeps none of the others back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.commerce.orders import locks
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.services.fulfil import check_shippable
from duli.commerce.orders.services.labels import about_of, ask_prices, finish_label, write_down
from duli.commerce.orders.types import FulfilLine
from duli.commerce.shipping.carrier import CarrierUnavailable
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.models import ShippingLabel
from duli.commerce.shipping.several import shared_ways
from duli.commerce.shipping.types import LabelOffers, NoSharedWay

MOST_PARCELS = 9


@dataclass(frozen=True, slots=True)
class PackedParcel:
    """What goes into one of several parcels, and its box."""

    lines: Sequence[FulfilLine]
    package: Package


@dataclass(frozen=True, slots=True)
class ParcelOffer:
    """The label that is bought for a parcel: one of the offers of a quote, for these units."""

    lines: Sequence[FulfilLine]
    quote_id: int
    offer_key: str


@dataclass(frozen=True, slots=True)
class ParcelOutcome:
    """What became of one of several labels.

    `parcel` left with it; else `problem` says why not, and `is_open` that nobody knows yet whether it was bought (a
    job finds out).
    """

    label_id: int
    parcel: Fulfilment | None
    problem: str = ""
    is_open: bool = False


def _together(parcels: Sequence[Sequence[FulfilLine]]) -> list[FulfilLine]:
    if not 2 <= len(parcels) <= MOST_PARCELS:
        raise InvalidInput(field="parcels")
    if any(not any(line.quantity > 0 for line in lines) for lines in parcels):
        raise InvalidInput(field="parcels")
    return [line for lines in parcels for line in lines]


def several_label_offers(
    *, order_id: int, parcels: Sequence[PackedParcel], location_id: int, allow_unpaid: bool = False
) -> tuple[LabelOffers, ...]:
    """Ask what it costs to send units of an order in 2 to 9 parcels; `shared_ways` of the answers is the price list.

    Nothing is bought. Never inside a transaction. Raises what `label_offers` raises; InvalidInput (parcels: too few,
    too many, or an empty one), NoSharedWay.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    everything = _together([parcel.lines for parcel in parcels])
    rows, _wanted = check_shippable(order, everything, location_id, allow_unpaid=allow_unpaid)
    asked = tuple(
        ask_prices(
            order,
            {rows[line_id]: quantity for line_id, quantity in _units(parcel.lines).items()},
            location_id,
            parcel.package,
        )
        for parcel in parcels
    )
    if not shared_ways(asked):
        raise NoSharedWay()
    return asked


def _units(lines: Sequence[FulfilLine]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for line in lines:
        if line.quantity:
            wanted[line.order_line_id] = wanted.get(line.order_line_id, 0) + line.quantity
    return wanted


def buy_labels(
    *,
    order_id: int,
    parcels: Sequence[ParcelOffer],
    location_id: int,
    idempotency_key: str,
    actor: str,
    allow_unpaid: bool = False,
) -> tuple[ParcelOutcome, ...]:
    """Buy a label for each of several parcels at prices that were shown, and send them. Never inside a transaction.

    All are written down or none: then InvalidInput (parcels) and what `fulfil` and `shipping.open_label` raise is
    raised, and nothing was bought. After that nothing is raised: one that is refused is an outcome, its units stay
    with the order, and labels for them are bought anew. The same key again buys nothing twice and returns how each
    stands.
    """
    labels = _open(order_id, parcels, location_id, idempotency_key, actor, allow_unpaid)
    return tuple(_finish(label) for label in labels)


@transaction.atomic
def _open(
    order_id: int,
    parcels: Sequence[ParcelOffer],
    location_id: int,
    idempotency_key: str,
    actor: str,
    allow_unpaid: bool,
) -> list[ShippingLabel]:
    order = locks.lock_order(order_id)
    keys = [f"{order.pk}:{idempotency_key}"[:76] + f":{number}" for number in range(len(parcels))]
    known = {row.idempotency_key: row for row in ShippingLabel.objects.filter(idempotency_key__in=keys)}
    if known:
        return [known[key] for key in keys if key in known]
    everything = _together([parcel.lines for parcel in parcels])
    check_shippable(order, everything, location_id, allow_unpaid=allow_unpaid)
    found: list[ShippingLabel] = []
    for key, parcel in zip(keys, parcels, strict=True):
        units = _units(parcel.lines)
        plan = {"lines": sorted(units.items()), "location": location_id, "allow_unpaid": allow_unpaid}
        found.append(
            write_down(
                order, about_of(order, units), plan, parcel.quote_id, parcel.offer_key, key, actor,
                is_further=bool(found),
            )
        )  # fmt: skip
    return found


def _finish(label: ShippingLabel) -> ParcelOutcome:
    try:
        parcel = finish_label(label_id=label.pk)
    except CarrierUnavailable as error:
        return ParcelOutcome(label.pk, None, sentence(error), is_open=True)
    except DuliError as error:
        return ParcelOutcome(label.pk, None, sentence(error))
    if parcel is not None:
        return ParcelOutcome(label.pk, parcel)
    label.refresh_from_db()
    return ParcelOutcome(label.pk, None, label.detail or label.problem)
