"""Where the parcels of orders are, as their carriers say."""

from __future__ import annotations

from collections.abc import Sequence

from duli.commerce.orders.services.tracking import fulfilment_of, reference_of
from duli.commerce.shipping.following import progress_for
from duli.commerce.shipping.types import ProgressView


def parcel_progress(fulfilment_ids: Sequence[int]) -> dict[int, ProgressView]:
    """Return what is known of those parcels that are followed, by their keys (two queries at most, none for none)."""
    if not fulfilment_ids:
        return {}
    found = progress_for([reference_of(pk) for pk in fulfilment_ids])
    return {key: view for reference, view in found.items() if (key := fulfilment_of(reference)) is not None}
