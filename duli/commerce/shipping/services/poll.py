"""Asking about parcels whose news got lost, or whose provider never tells by itself."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.shipping import locks
from duli.commerce.shipping.carrier import CarrierRefused, CarrierUnavailable
from duli.commerce.shipping.configuration import known
from duli.commerce.shipping.models import TrackedParcel
from duli.commerce.shipping.services.follow import MAXIMUM_AGE, ref_of, register_parcel
from duli.commerce.shipping.services.record import record_report
from duli.commerce.shipping.states import FINAL
from duli.commerce.shipping.types import AskedTooOften, NobodyToAsk
from duli.platform.store.outside import require_no_transaction

PUSHED = timedelta(hours=24)
"""Who tells by itself is asked once a day."""
PAUSES = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 6))
LATER = timedelta(hours=8)


@transaction.atomic
def poll_due(*, limit: int = 200) -> int:
    """Enqueue a question for every parcel whose time came, and plan the next one; return how many."""
    from duli.commerce.shipping.jobs import ask

    due = locks.lock_due_parcels(now(), limit)
    for parcel in due:
        found = known(parcel.provider)
        tells = found is not None and found[0].description.push != "none"
        pause = PUSHED if tells else PAUSES[parcel.poll_count] if parcel.poll_count < len(PAUSES) else LATER
        is_over = parcel.state in FINAL or now() - parcel.created_at > MAXIMUM_AGE
        TrackedParcel.objects.filter(pk=parcel.pk).update(
            next_poll_at=None if is_over else now() + pause, poll_count=min(parcel.poll_count + 1, 1000)
        )
        if not is_over:
            ask.enqueue(parcel_id=parcel.pk)
    return len(due)


def poll_parcel(*, parcel_id: int) -> None:
    """Ask about one parcel; one that is not registered (any more) is registered first.

    Calls the provider, so never inside a transaction. One that does not answer is asked again later.
    """
    try:
        _ask(parcel_id)
    except (CarrierUnavailable, CarrierRefused):
        return


def refresh(*, parcel_id: int) -> TrackedParcel:
    """Ask about a parcel now, because somebody wants to know.

    Never inside a transaction. NotFound; NobodyToAsk (no provider follows it), AskedTooOften (`minutes` to wait),
    CarrierUnavailable, CarrierRefused.
    """
    parcel = TrackedParcel.objects.filter(pk=parcel_id).first()
    if parcel is None:
        raise NotFound()
    found = known(parcel.provider)
    if found is not None and parcel.asked_at:
        wait = parcel.asked_at + timedelta(minutes=found[0].description.poll_minutes) - now()
        if wait > timedelta(0):
            raise AskedTooOften(minutes=int(wait.total_seconds() // 60) + 1)
    _ask(parcel_id)
    parcel.refresh_from_db()
    if not parcel.provider:
        raise NobodyToAsk()
    if parcel.problem:
        raise CarrierRefused(reason=parcel.problem, detail=parcel.problem_detail or parcel.problem)
    return parcel


def _ask(parcel_id: int) -> None:
    parcel = TrackedParcel.objects.filter(pk=parcel_id).first()
    if parcel is None:
        return
    if not parcel.registered_at:
        register_parcel(parcel_id=parcel_id)
        parcel.refresh_from_db()
    found = known(parcel.provider)
    if found is None or not parcel.registered_at:
        return
    require_no_transaction()
    provider, config = found
    report = provider.query(ref_of(parcel, provider.code), config)
    if TrackedParcel.objects.filter(pk=parcel_id, token=parcel.token).exists():
        record_report(parcel_id=parcel_id, report=report, provider=provider.code)
