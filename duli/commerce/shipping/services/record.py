"""What providers say about parcels becomes events and a state. Told twice, or in any order, it comes to the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.text import one_line
from duli.commerce.shipping import locks
from duli.commerce.shipping.carrier import Report, Sighting
from duli.commerce.shipping.carriers import carrier as known_carrier
from duli.commerce.shipping.events import CarrierCorrected, ParcelMoved
from duli.commerce.shipping.models import TrackedParcel, TrackingEvent
from duli.commerce.shipping.states import FINAL, ParcelProgress, progress_of
from duli.platform.events.services import publish

MOST_EVENTS = 500
AGAIN_AFTER = timedelta(minutes=30)
MOST_AGAIN = 6
"""How often a parcel that a provider gave up is registered anew."""


@transaction.atomic
def record_report(*, parcel_id: int, report: Report, provider: str) -> TrackedParcel:
    """Add what is new of a report to a parcel and recompute its state; ParcelMoved is published once per change.

    A parcel that turned out to be another carrier's is that one's from now on (CarrierCorrected). One that the
    provider gave up is registered anew in half an hour, unless it has arrived. NotFound.
    """
    parcel = locks.lock_parcel(parcel_id)
    actor = f"carrier:{provider}"
    add_sightings(parcel, report.sightings, provider=provider)
    parcel.asked_at = now()
    if report.expected_on:
        parcel.expected_on = report.expected_on
    parcel.said = report.said if report.said in ParcelProgress.values else ""
    if report.carrier and report.carrier != parcel.carrier and known_carrier(report.carrier):
        publish(
            CarrierCorrected(parcel.pk, parcel.reference, report.carrier, parcel.carrier),
            reference=parcel.reference,
            actor=actor,
        )
        parcel.carrier = report.carrier
    restate(parcel, actor=actor)
    if parcel.state in FINAL or report.ended == "finished":
        parcel.next_poll_at = None
    elif report.ended == "given_up":
        parcel.registered_at = None
        parcel.poll_count += 1
        parcel.next_poll_at = now() + AGAIN_AFTER if parcel.poll_count <= MOST_AGAIN else None
    parcel.save()
    return parcel


def add_sightings(parcel: TrackedParcel, sightings: Sequence[Sighting], *, provider: str, actor: str = "") -> None:
    """Store the sightings of a locked parcel that are not there yet."""
    received_at = now()
    rows = []
    for sighting in sightings[:MOST_EVENTS]:
        offset = sighting.happened_at.utcoffset()
        text, place = one_line(sighting.text, 500), one_line(sighting.place, 160)
        moment = sighting.happened_at.astimezone(UTC)
        said = f"{moment.isoformat(timespec='seconds')}|{place}|{text}"
        rows.append(
            TrackingEvent(
                parcel=parcel,
                provider=provider,
                fingerprint=hashlib.sha256(said.encode()).hexdigest(),
                happened_at=moment,
                utc_offset=None if offset is None else int(offset.total_seconds() // 60),
                state=sighting.state if sighting.state in ParcelProgress.values else ParcelProgress.IN_TRANSIT,
                code=one_line(sighting.code, 60),
                text=text,
                place=place,
                actor=actor,
                received_at=received_at,
            )
        )
    TrackingEvent.objects.bulk_create(rows, ignore_conflicts=True)


def restate(parcel: TrackedParcel, *, actor: str) -> None:
    """Bring a locked parcel's state in line with its events and save it."""
    seen = list(parcel.events.values_list("happened_at", "state"))
    state = progress_of(seen, parcel.said)
    parcel.last_event_at = max((moment for moment, _state in seen), default=None)
    if state != parcel.state:
        before, parcel.state, parcel.state_since = parcel.state, state, now()
        publish(ParcelMoved(parcel.pk, parcel.reference, state, before), reference=parcel.reference, actor=actor)
    parcel.save()
