"""Where the parcels of orders are, as their carriers say."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from duli.base.errors import NotFound
from duli.commerce.orders.models import Fulfilment
from duli.commerce.orders.services.tracking import fulfilment_of, reference_of
from duli.commerce.shipping.following import progress_for
from duli.commerce.shipping.types import ProgressView


def parcel_progress(fulfilment_ids: Sequence[int]) -> dict[int, ProgressView]:
    """Return what is known of those parcels that are followed, by their keys (two queries at most, none for none)."""
    if not fulfilment_ids:
        return {}
    found = progress_for([reference_of(pk) for pk in fulfilment_ids])
    return {key: view for reference, view in found.items() if (key := fulfilment_of(reference)) is not None}


def _parcels() -> QuerySet[Fulfilment]:
    return Fulfilment.objects.select_related("order").prefetch_related("lines")


def parcel(fulfilment_id: int) -> Fulfilment:
    """Return a parcel with its order and lines, or raise NotFound."""
    row = _parcels().filter(pk=fulfilment_id).first()
    if row is None:
        raise NotFound()
    return row


def parcels(*, states: Sequence[str] = (), untracked: bool = False) -> QuerySet[Fulfilment]:
    """Return parcels with their orders and lines, to be paged.

    `states` are of `ParcelProgress`; `untracked`: only those without a number.
    """
    rows = _parcels()
    if states:
        rows = rows.filter(progress__in=states)
    return rows.filter(tracking_number="") if untracked else rows
