"""What comes in from providers of tracking: verified, stored raw, answered at once, dealt with by a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound
from duli.commerce.shipping.carrier import MalformedPush, Report
from duli.commerce.shipping.configuration import known
from duli.commerce.shipping.models import CarrierMessage, TrackedParcel
from duli.commerce.shipping.services.record import record_report

MAXIMUM_BODY = 1024 * 1024
KEEP = timedelta(days=90)
_PRIVATE_HEADERS = {"cookie", "authorization", "proxy-authorization", "x-csrftoken"}
_MAXIMUM_HEADERS = 60


def receive_push(*, provider: str, body: bytes, headers: Mapping[str, str], token: str = "") -> str:
    """Verify a provider's message, store it raw and let a job deal with it; return the body to answer with.

    `token` is that of the parcel whose own address was called. The same message again is stored once. Raises
    NotFound (no such provider or parcel), MalformedPush, ForgedPush; then nothing is stored.
    """
    found = known(provider)
    if found is None:
        raise NotFound()
    if len(body) > MAXIMUM_BODY:
        raise MalformedPush()
    plugin, config = found
    parcel = None
    if token:
        parcel = TrackedParcel.objects.filter(token=token).first()
        if parcel is None:
            raise NotFound()
    lowered = {name.lower(): value for name, value in headers.items()}
    push = plugin.parse_push(body, lowered, parcel.push_secret if parcel else "", config)
    if not 0 < len(push.external_id) <= 128 or "\x00" in push.external_id:
        raise MalformedPush()
    kept = [(name, value[:2000]) for name, value in sorted(lowered.items()) if name not in _PRIVATE_HEADERS]
    from duli.commerce.shipping.jobs import process

    with transaction.atomic():
        row, is_new = CarrierMessage.objects.get_or_create(
            provider=provider,
            external_id=push.external_id,
            defaults={
                "parcel": parcel,
                "body": body,
                "headers": dict(kept[:_MAXIMUM_HEADERS]),
                "received_at": now(),
            },
        )
        if is_new:
            process.enqueue(message_id=row.pk)
    return plugin.description.reply


def process_message(*, message_id: int) -> None:
    """Record what a stored message says about parcels of ours; what it says about others is left alone."""
    row = CarrierMessage.objects.select_related("parcel").filter(pk=message_id).first()
    found = known(row.provider) if row else None
    if row is None or found is None or row.processed_at:
        return
    plugin, config = found
    secret = row.parcel.push_secret if row.parcel else ""
    try:
        reports = plugin.parse_push(bytes(row.body), row.headers, secret, config).reports
    except DuliError:
        # Its key was changed, or the parcel's number: whatever it says is about what was.
        reports = ()
    outcome = CarrierMessage.Outcome.UNKNOWN
    for report in reports:
        for parcel in [row.parcel] if row.parcel else _parcels_of(row.provider, report):
            record_report(parcel_id=parcel.pk, report=report, provider=row.provider)
            outcome = CarrierMessage.Outcome.DONE
    CarrierMessage.objects.filter(pk=row.pk).update(processed_at=now(), outcome=outcome)


def _parcels_of(provider: str, report: Report) -> list[TrackedParcel]:
    """Return the parcels that a report names, by our name for them, the provider's, or else their number."""
    rows = TrackedParcel.objects.filter(provider=provider)
    if report.token:
        return list(rows.filter(token=report.token))
    if report.key:
        return list(rows.filter(provider_key=report.key))
    return list(rows.filter(number=report.number)) if report.number else []


def prune_messages() -> int:
    """Delete raw messages that are older than three months; return how many."""
    deleted, _ = CarrierMessage.objects.filter(received_at__lt=now() - KEEP).delete()
    return deleted
