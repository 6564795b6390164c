"""Parcels as the back office shows them: a list, and one with all that its carrier told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.orders.following import parcel_progress
from duli.commerce.orders.models import Fulfilment, FulfilmentLine
from duli.commerce.orders.services.tracking import reference_of
from duli.commerce.orders.states import ParcelState
from duli.commerce.shipping.labels import labels_of
from duli.commerce.shipping.states import TROUBLE
from duli.commerce.shipping.types import ProgressView, SightingView
from duli.platform.store.days import day_begins, day_ends
from duli.web.backoffice.kit.cursors import page
from duli.web.backoffice.selectors.people import actor_names

LOOKED_AT = timedelta(days=90)
"""For how long a parcel with a problem asks for attention."""
_WAITING = ("info_received", "pending", "")


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """One parcel; `state` is its carrier's word where there is one, else ours."""

    id: int
    order_id: int
    order_number: str
    customer_name: str
    country: str
    carrier: str
    number: str
    state: str
    units: int
    shipped_at: datetime
    last_event_at: datetime | None
    latest: str
    problem: str
    label_cost: Money | None = None
    """What its label cost, if it was bought here."""


@dataclass(frozen=True, slots=True)
class ShipmentOnPage:
    parcel: Fulfilment
    progress: ProgressView | None
    sightings: tuple[tuple[SightingView, str], ...]
    """Newest first, each with who entered it."""


def _in_view(rows: QuerySet[Fulfilment], view: str) -> QuerySet[Fulfilment]:
    if view == "attention":
        return rows.filter(progress__in=TROUBLE, shipped_at__gte=now() - LOOKED_AT)
    if view == "untold":
        return rows.exclude(state=ParcelState.DELIVERED).filter(progress__in=_WAITING)
    if view == "under_way":
        return rows.exclude(state=ParcelState.DELIVERED).exclude(progress__in=TROUBLE)
    if view == "delivered":
        return rows.filter(state=ParcelState.DELIVERED)
    return rows


def shipment_rows(
    *,
    view: str,
    query: str,
    after: str,
    carriers: Sequence[str] = (),
    states: Sequence[str] = (),
    shipped_from: date | None = None,
    shipped_to: date | None = None,
    limit: int = 50,
) -> tuple[list[ShipmentRow], str]:
    """Return a page of parcels, newest first, and the next cursor (six queries).

    Days are the store's, both included.
    """
    rows = _in_view(Fulfilment.objects.select_related("order"), view)
    if carriers:
        rows = rows.filter(carrier__in=carriers)
    if states:
        rows = rows.filter(progress__in=states)
    if shipped_from:
        rows = rows.filter(shipped_at__gte=day_begins(shipped_from))
    if shipped_to:
        rows = rows.filter(shipped_at__lt=day_ends(shipped_to))
    text = query.strip().lstrip("#")
    if text:
        rows = rows.filter(Q(tracking_number__iexact=text) | Q(order__number__iexact=text))
    found, following = page(rows, order="-shipped_at", after=after, limit=limit)
    keys = [row.pk for row in found]
    sums = FulfilmentLine.objects.filter(fulfilment__in=keys).order_by()
    units = dict(sums.values_list("fulfilment").annotate(units=Sum("quantity")))
    progress = parcel_progress(keys)
    costs = {label.parcel: label.price for label in labels_of([reference_of(pk) for pk in keys])}
    return [
        _row(row, units.get(row.pk, 0), progress.get(row.pk), costs.get(reference_of(row.pk))) for row in found
    ], following


def _row(row: Fulfilment, units: int, progress: ProgressView | None, cost: Money | None) -> ShipmentRow:
    latest = progress.sightings[0] if progress and progress.sightings else None
    return ShipmentRow(
        id=row.pk,
        order_id=row.order_id,
        order_number=row.order.number or "",
        customer_name=row.order.customer_name or row.order.email,
        country=str((row.order.shipping_address or {}).get("country", "")),
        carrier=row.carrier,
        number=row.tracking_number,
        state=shown_state(row),
        units=units,
        shipped_at=row.shipped_at,
        last_event_at=progress.last_event_at if progress else None,
        latest=latest.text if latest else "",
        problem=progress.problem if progress else "",
        label_cost=cost,
    )


def shown_state(row: Fulfilment) -> str:
    """Return the carrier's word for where a parcel is; ours where it has none, or where staff know better."""
    if row.progress and (row.state != ParcelState.DELIVERED or row.progress in TROUBLE):
        return row.progress
    return row.state


def attention_count() -> int:
    """Return how many parcels have a problem (one query)."""
    return _in_view(Fulfilment.objects.all(), "attention").count()


def shipment_on_page(parcel_id: int) -> ShipmentOnPage:
    """Return one parcel with its order, lines and sightings, or raise NotFound."""
    parcel = (
        Fulfilment.objects.select_related("order", "location")
        .prefetch_related("lines__order_line")
        .filter(pk=parcel_id)
        .first()
    )
    if parcel is None:
        raise NotFound()
    progress = parcel_progress([parcel.pk]).get(parcel.pk)
    sightings = progress.sightings if progress else ()
    names = actor_names([entry.actor for entry in sightings if entry.actor])
    return ShipmentOnPage(
        parcel, progress, tuple((entry, names.get(entry.actor, "") if entry.actor else "") for entry in sightings)
    )
