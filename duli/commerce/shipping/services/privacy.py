from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.commerce.shipping.models import CarrierMessage, TrackedParcel, TrackingEvent


@transaction.atomic
def forget_parcels(*, references: Sequence[str]) -> int:
    """Take a person out of what was followed; return how many rows changed.

    States and moments stay. Texts and places go, since couriers write names, addresses and telephone numbers there;
    the raw messages go as a whole.
    """
    parcels = TrackedParcel.objects.filter(reference__in=references)
    count = TrackingEvent.objects.filter(parcel__in=parcels).update(text="", place="")
    count += CarrierMessage.objects.filter(parcel__in=parcels).update(body=b"", headers={})
    return count + parcels.update(phone="", number="", next_poll_at=None, problem_detail="")
