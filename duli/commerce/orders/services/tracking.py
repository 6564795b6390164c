"""Parcels of orders, and what carriers say of them."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation

from duli.commerce.orders import locks
from duli.commerce.orders.events import ParcelProgressed
from duli.commerce.orders.models import Fulfilment
from duli.commerce.orders.services.fulfil import mark_delivered
from duli.commerce.orders.states import ParcelState
from duli.commerce.payments import services as payments
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.carriers import carrier, tracking_url
from duli.commerce.shipping.states import TROUBLE, ParcelProgress
from duli.platform.events.services import publish

KIND = "parcel:"


def reference_of(fulfilment_id: int) -> str:
    """Return the name under which a parcel is followed."""
    return f"{KIND}{fulfilment_id}"


def fulfilment_of(reference: str) -> int | None:
    """Return which parcel is followed under `reference`; None if it is nobody's of this room."""
    kind, _, key = reference.partition(":")
    return int(key) if f"{kind}:" == KIND and key.isdigit() else None


def follow_parcel(*, fulfilment_id: int) -> None:
    """Have a parcel's number followed, or no more if it has none (any more)."""
    parcel = Fulfilment.objects.select_related("order").filter(pk=fulfilment_id).first()
    if parcel is None:
        return
    if parcel.state == ParcelState.DELIVERED or not parcel.tracking_number:
        shipping.unfollow(reference=reference_of(parcel.pk))
        return
    address = parcel.order.shipping_address or {}
    shipping.follow(
        reference=reference_of(parcel.pk),
        carrier=parcel.carrier,
        number=parcel.tracking_number,
        phone=str(address.get("phone") or parcel.order.phone),
        country=str(address.get("country") or ""),
        language=parcel.order.language,
        label=parcel.order.number or str(parcel.order_id),
    )


def tell_payers(*, fulfilment_id: int) -> None:
    """Have the providers through which an order was paid told of a parcel's number, where they want to know."""
    parcel = Fulfilment.objects.select_related("order").filter(pk=fulfilment_id).first()
    if parcel is None or not parcel.tracking_number or parcel.order.payment_collection_id is None:
        return
    found = carrier(parcel.carrier)
    with translation.override("en"):
        name = str(found.name) if found else parcel.carrier
    payments.plan_parcel_notice(
        collection_id=parcel.order.payment_collection_id,
        carrier=parcel.carrier,
        carrier_name=name,
        tracking_number=parcel.tracking_number,
    )


@transaction.atomic
def note_progress(*, fulfilment_id: int, state: str, before: str, actor: str) -> None:
    """Write down where a carrier says that a parcel is, and tell everybody: ParcelProgressed.

    One that arrived counts as delivered for good: what comes back later is told, but takes no delivery away. NotFound.
    """
    order, parcel = locks.lock_fulfilment(fulfilment_id)
    parcel.progress = state
    parcel.save(update_fields=["progress"])
    publish(ParcelProgressed(order.pk, parcel.pk, state, before), reference=order.reference, actor=actor)
    if state == ParcelProgress.DELIVERED:
        mark_delivered(fulfilment_id=parcel.pk, actor=actor)
    elif parcel.state != ParcelState.DELIVERED:
        parcel.state = (
            ParcelState.EXCEPTION
            if state in TROUBLE
            else ParcelState.OUT_FOR_DELIVERY
            if state in {ParcelProgress.OUT_FOR_DELIVERY, ParcelProgress.READY_FOR_PICKUP}
            else ParcelState.SHIPPED
        )
        parcel.save(update_fields=["state"])


@transaction.atomic
def correct_carrier(*, fulfilment_id: int, carrier: str) -> None:
    """Name the carrier that a parcel turned out to be with; its page is that one's from now on. NotFound."""
    _order, parcel = locks.lock_fulfilment(fulfilment_id)
    if parcel.tracking_url == tracking_url(parcel.carrier, parcel.tracking_number):
        parcel.tracking_url = tracking_url(carrier, parcel.tracking_number)
    parcel.carrier = carrier
    parcel.save(update_fields=["carrier", "tracking_url"])
