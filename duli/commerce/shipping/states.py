"""Where a parcel is, in one vocabulary for all carriers, and how its sightings make its state."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class ParcelProgress(models.TextChoices):
    PENDING = "pending", _("Not seen yet")
    INFO_RECEIVED = "info_received", _("Announced to the carrier")
    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("On its way")
    CUSTOMS = "customs", _("At customs")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    READY_FOR_PICKUP = "ready_for_pickup", _("Ready to be picked up")
    DELIVERY_FAILED = "delivery_failed", _("Delivery attempted")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Problem on the way")
    RETURNING = "returning", _("On its way back")
    RETURNED = "returned", _("Returned")
    EXPIRED = "expired", _("No news for long")


RANK = {state: place for place, state in enumerate(ParcelProgress)}
"""Of two sightings at the same moment the one with the higher rank came second."""

TROUBLE = frozenset({"delivery_failed", "exception", "returning", "returned", "expired"})
"""States that somebody should look at."""

FINAL = frozenset({"delivered", "returned"})
_BEFORE_PICKUP = {ParcelProgress.PENDING, ParcelProgress.INFO_RECEIVED}
_AFTER_DELIVERY = {ParcelProgress.RETURNING, ParcelProgress.RETURNED}


def progress_of(sightings: Iterable[tuple[datetime, str]], said: str = "") -> ParcelProgress:
    """Derive a parcel's state from all its sightings (when, state), in whatever order they were told.

    Never back from delivered but to the way back; never back to before it was picked up. `said` is what the carrier
    says beside its sightings ("no news for long"); it counts only while the parcel is under way.
    """
    found = ParcelProgress.PENDING
    for _moment, state in sorted(sightings, key=lambda entry: (entry[0], RANK[ParcelProgress(entry[1])])):
        found = _next(found, ParcelProgress(state))
    return _next(found, ParcelProgress(said)) if said else found


def _next(found: ParcelProgress, told: ParcelProgress) -> ParcelProgress:
    if found in {ParcelProgress.DELIVERED, ParcelProgress.RETURNED}:
        return told if told in _AFTER_DELIVERY and RANK[told] > RANK[found] else found
    if told in _BEFORE_PICKUP and RANK[told] < RANK[found]:
        return found
    return told
