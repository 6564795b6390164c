"""The only row locks of this room."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from duli.base.errors import NotFound
from duli.commerce.shipping.models import CarrierAccount, ShippingLabel, TrackedParcel


def lock_parcel(parcel_id: int) -> TrackedParcel:
    """Lock and return a parcel that is followed, or raise NotFound."""
    parcel = TrackedParcel.objects.select_for_update().filter(pk=parcel_id).first()
    if parcel is None:
        raise NotFound()
    return parcel


def lock_parcel_of(reference: str) -> TrackedParcel | None:
    """Lock and return the parcel that is followed under a reference, if any."""
    return TrackedParcel.objects.select_for_update().filter(reference=reference).first()


def lock_account(code: str) -> CarrierAccount:
    """Lock and return what a merchant set up for a provider, or a new row."""
    return CarrierAccount.objects.select_for_update().filter(code=code).first() or CarrierAccount(code=code)


def lock_label(label_id: int) -> ShippingLabel:
    """Lock and return a label, or raise NotFound."""
    label = ShippingLabel.objects.select_for_update().filter(pk=label_id).first()
    if label is None:
        raise NotFound()
    return label


def lock_due_parcels(instant: datetime, limit: int) -> list[TrackedParcel]:
    """Return parcels whose time to be asked about came; those that another worker holds are left to it."""
    rows = TrackedParcel.objects.filter(next_poll_at__lte=instant).order_by("next_poll_at")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows[:limit])
