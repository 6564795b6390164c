"""Reads of what is followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone

from duli.commerce.shipping.carrier import providers
from duli.commerce.shipping.configuration import push_url
from duli.commerce.shipping.models import CarrierAccount, TrackedParcel, TrackingEvent
from duli.commerce.shipping.types import AccountForm, ProgressView, SightingView
from duli.platform.store.setup_values import shown


def progress_for(references: Sequence[str]) -> dict[str, ProgressView]:
    """Return where the parcels of these references are, with all that was seen of them (two queries)."""
    rows = TrackedParcel.objects.filter(reference__in=references).prefetch_related("events")
    return {row.reference: _view(row) for row in rows}


def progress_of_parcel(parcel_id: int) -> ProgressView | None:
    """Return one parcel that is followed, by its key."""
    row = TrackedParcel.objects.filter(pk=parcel_id).prefetch_related("events").first()
    return _view(row) if row else None


def _view(row: TrackedParcel) -> ProgressView:
    return ProgressView(
        id=row.pk,
        reference=row.reference,
        label=row.label,
        carrier=row.carrier,
        number=row.number,
        provider=row.provider,
        state=row.state,
        state_since=row.state_since,
        last_event_at=row.last_event_at,
        expected_on=row.expected_on,
        asked_at=row.asked_at,
        is_registered=row.registered_at is not None,
        problem=row.problem,
        problem_detail=row.problem_detail,
        sightings=tuple(_sighting(event) for event in row.events.all()),
    )


def _sighting(event: TrackingEvent) -> SightingView:
    moment = event.happened_at
    if event.utc_offset is not None:
        moment = moment.astimezone(timezone(timedelta(minutes=event.utc_offset)))
    return SightingView(moment, event.state, event.text, event.place, event.code, event.provider, event.actor)


def account_forms() -> list[AccountForm]:
    """Return every provider with what is set up for it; secrets only by their names (one query)."""
    rows = {row.code: row for row in CarrierAccount.objects.all()}
    found = []
    for code, provider in providers:
        row = rows.get(code) or CarrierAccount(code=code)
        about = provider.description
        values, secrets = shown(about.fields, row.settings)
        found.append(
            AccountForm(
                code=code,
                name=about.name,
                description=about.description,
                fields=about.fields,
                steps=about.steps,
                push_url=push_url(code) if about.push == "account" else "",
                enabled=row.enabled,
                is_set_up=row.pk is not None,
                position=row.position,
                values=values,
                secrets_set=secrets,
            )
        )
    return sorted(found, key=lambda entry: (not entry.enabled, entry.position, entry.code))
