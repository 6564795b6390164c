"""From a number on a parcel to being told where it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.ids import new_token
from duli.base.text import one_line
from duli.commerce.shipping import locks
from duli.commerce.shipping.carrier import (
    CarrierConfig,
    CarrierRefused,
    ParcelRef,
    Sighting,
    TrackingProvider,
    providers,
)
from duli.commerce.shipping.configuration import enabled_configs, known, provider_for, push_url
from duli.commerce.shipping.models import ShippingLabel, TrackedParcel
from duli.commerce.shipping.recognition import normalised
from duli.commerce.shipping.services.record import add_sightings, restate
from duli.commerce.shipping.states import FINAL, ParcelProgress
from duli.platform.store.outside import require_no_transaction

FIRST_LOOK = timedelta(minutes=30)
"""When a parcel is asked about that was registered just now: its provider knows nothing before."""

MAXIMUM_AGE = timedelta(days=90)
MOST_TAKEN_UP = 5000

_NEW_NUMBER = {
    "provider": "",
    "provider_key": "",
    "state": ParcelProgress.PENDING,
    "said": "",
    "last_event_at": None,
    "expected_on": None,
    "problem": "",
    "problem_detail": "",
    "registered_at": None,
    "asked_at": None,
    "next_poll_at": None,
    "poll_count": 0,
}


@transaction.atomic
def follow(
    *, reference: str, carrier: str, number: str, phone: str = "", country: str = "", language: str, label: str = ""
) -> TrackedParcel | None:
    """Follow a number, from now on or instead of the one that was followed under `reference`.

    The same number again changes nothing; another one forgets what was seen of the former. An empty number is
    followed no more (None). Providers are asked by a job.
    """
    plain = normalised(number)[:80]
    parcel = locks.lock_parcel_of(reference)
    if parcel and (parcel.number, parcel.carrier) == (plain, carrier):
        return parcel
    if parcel:
        _enqueue_stop(parcel)
        parcel.events.all().delete()
        parcel.messages.all().delete()
    if not plain:
        if parcel:
            parcel.delete()
        return None
    parcel = parcel or TrackedParcel(reference=reference, created_at=now())
    for name, value in _NEW_NUMBER.items():
        setattr(parcel, name, value)
    # Whoever was told the former number may still send messages about it: they reach nobody.
    parcel.token, parcel.push_secret = new_token(), new_token()
    parcel.carrier, parcel.number = one_line(carrier, 40), plain
    parcel.phone, parcel.country = one_line(phone, 40), country[:2]
    parcel.language, parcel.label = language, label[:40]
    parcel.state_since = now()
    parcel.save()
    if provider_for(parcel.carrier):
        from duli.commerce.shipping.jobs import register

        register.enqueue(parcel_id=parcel.pk)
    return parcel


@transaction.atomic
def unfollow(*, reference: str) -> None:
    """Follow a parcel no more; what was seen of it is forgotten."""
    parcel = locks.lock_parcel_of(reference)
    if parcel:
        _enqueue_stop(parcel)
        parcel.delete()


def _enqueue_stop(parcel: TrackedParcel) -> None:
    from duli.commerce.shipping.jobs import stop

    if parcel.provider and parcel.registered_at:
        stop.enqueue(
            provider=parcel.provider,
            key=parcel.provider_key,
            carrier=parcel.carrier,
            number=parcel.number,
            token=parcel.token,
        )


def ref_of(parcel: TrackedParcel, provider: str) -> ParcelRef:
    """Return a parcel as its provider is told of it."""
    return ParcelRef(
        token=parcel.token,
        secret=parcel.push_secret,
        key=parcel.provider_key,
        carrier=parcel.carrier,
        number=parcel.number,
        phone=parcel.phone,
        country=parcel.country,
        language=parcel.language,
        label=parcel.label,
        push_url=push_url(provider, parcel.token),
    )


def register_parcel(*, parcel_id: int) -> None:
    """Ask the first provider that follows the parcel's carrier to tell about it.

    Calls the provider, so never inside a transaction. CarrierUnavailable goes to whoever called: the job tries again.
    A refusal is written down beside the parcel, for the staff to read.
    """
    parcel = TrackedParcel.objects.filter(pk=parcel_id).first()
    found = (_seller_of(parcel) or provider_for(parcel.carrier)) if parcel else None
    if parcel is None or found is None or parcel.registered_at:
        return
    require_no_transaction()
    provider, config = found
    problem = detail = key = ""
    again: datetime | None = now() + FIRST_LOOK
    try:
        key = provider.register(ref_of(parcel, provider.code), config)
    except CarrierRefused as refusal:
        problem, detail = refusal.reason[:60], refusal.detail[:255]
        again = None if refusal.is_final else now() + timedelta(hours=6)
    # Only the number that was registered: it may be another one by now.
    TrackedParcel.objects.filter(pk=parcel_id, token=parcel.token).update(
        provider=provider.code,
        provider_key=key[:120],
        problem=problem,
        problem_detail=detail,
        registered_at=None if problem else now(),
        next_poll_at=again,
        poll_count=0,
    )


def _seller_of(parcel: TrackedParcel) -> tuple[TrackingProvider, CarrierConfig] | None:
    """Return whoever sold the label of a parcel, if it is switched on: it is told of it first, and for nothing."""
    rows = ShippingLabel.objects.filter(parcel=parcel.reference, number=parcel.number)
    code = rows.values_list("seller", flat=True).first() or ""
    config = next((entry for entry in enabled_configs() if entry.code == code), None)
    return (providers.get(code), config) if config else None


@transaction.atomic
def take_up_parcels() -> int:
    """Have parcels under way registered that no provider follows yet, because one was switched on or its key mended.

    Return how many; those that were sent more than 90 days ago are left alone.
    """
    from duli.commerce.shipping.jobs import register

    rows = TrackedParcel.objects.filter(registered_at=None, created_at__gt=now() - MAXIMUM_AGE).exclude(state__in=FINAL)
    found = [
        pk
        for pk, carrier in rows.order_by("-pk").values_list("pk", "carrier")[:MOST_TAKEN_UP]
        if provider_for(carrier) is not None
    ]
    for pk in found:
        register.enqueue(parcel_id=pk)
    return len(found)


def stop_following(*, provider: str, key: str, carrier: str, number: str, token: str) -> None:
    """Tell a provider that nobody waits for news of this number any more. Never inside a transaction."""
    found = known(provider)
    if found is None:
        return
    require_no_transaction()
    try:
        found[0].stop(ParcelRef(token, "", key, carrier, number, "", "", "", "", ""), found[1])
    except CarrierRefused:
        return


@transaction.atomic
def add_sighting(
    *, parcel_id: int, state: str, text: str = "", place: str = "", happened_at: datetime | None = None, actor: str
) -> TrackedParcel:
    """Write down where a parcel is, as staff were told by telephone. NotFound; InvalidInput (state, happened_at)."""
    parcel = locks.lock_parcel(parcel_id)
    if state not in ParcelProgress.values:
        raise InvalidInput(field="state")
    moment = happened_at or now()
    if moment > now() + timedelta(minutes=5):
        raise InvalidInput(field="happened_at")
    words = one_line(text, 500) or str(ParcelProgress(state).label)
    add_sightings(parcel, [Sighting(moment, state, words, one_line(place, 160))], provider="", actor=actor)
    restate(parcel, actor=actor)
    return parcel
