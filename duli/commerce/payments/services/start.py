from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import sentence
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.payments import addresses, locks
from duli.commerce.payments.configuration import known_for, usable
from duli.commerce.payments.events import PaymentFailed, PaymentTriesRefused
from duli.commerce.payments.gateway import (
    Device,
    Failed,
    GatewayConfig,
    GatewayRefused,
    GatewayUnavailable,
    NamesPayer,
    PaymentGateway,
    Redirect,
    Settled,
    StartRequest,
    StartResult,
    Step,
    gateways,
    step_from_json,
    step_to_json,
)
from duli.commerce.payments.guard import key_of, verdict
from duli.commerce.payments.models import PaymentAlarm, PaymentAttempt, PaymentCollection
from duli.commerce.payments.outcomes import UNDER_REVIEW, end_of
from duli.commerce.payments.references import transfer_reference
from duli.commerce.payments.selectors import attempts_of
from duli.commerce.payments.services.collections import close_attempt
from duli.commerce.payments.services.record import record_event
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES, AttemptState, CollectionState
from duli.commerce.payments.tickets import ticket_of
from duli.commerce.payments.types import ChallengeNeeded, CollectionClosed, TooManyTries
from duli.platform.events.services import publish
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.prepared import insert

logger = logging.getLogger("duli.payments")

FIRST_POLL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who pays, and on what; `payer` is how the provider calls them (WeChat's openid).

    `email` only counts how often they try; `is_person`: they have just shown that they are one.
    """

    device: Device = "desktop"
    client_ip: str = ""
    payer: str = ""
    email: str = ""
    is_person: bool = False


NOBODY = Shopper()


def start(
    *, collection_id: int, idempotency_key: str, shopper: Shopper = NOBODY, until: datetime | None = None
) -> Step:
    """Ask the collection's gateway for what is still owed and return what the shopper has to do.

    The attempt is stored first, the gateway called outside any transaction, its answer stored after. While
    an attempt is open the same step comes back, whatever the key; the key of a finished attempt returns its
    end, a new key tries again. A provider that has to know the shopper first sends them to its own page, which leads
    back to `continue_with_payer`. `shopper` says what they pay on: where the provider's page depends on it, another
    device gets its own try and the one before is closed. `until` (UTC): when the order lapses. If the provider does
    not answer, the step is Failed and the next call repeats the very same request. Never call it inside a
    transaction. NotFound, CollectionClosed, UnknownMethod; ChallengeNeeded and TooManyTries for who tries too often.
    """
    require_no_transaction()
    key = _key(collection_id, idempotency_key)
    while True:
        try:
            with transaction.atomic():
                prepared = _prepare(locks.lock_collection(collection_id), key, shopper=shopper)
        except TooManyTries as refused:
            _raise_alarm(refused)
            raise
        if not isinstance(prepared, _Foreign):
            break
        # Two payable pages for one order would be two charges: the other way is closed before this one opens.
        try:
            close_attempt(attempt_id=prepared.attempt_id)
        except (GatewayUnavailable, GatewayRefused) as error:
            return Failed(error.code, sentence(error))
    return _ask(prepared, shopper, until) if isinstance(prepared, PaymentAttempt) else prepared


@transaction.atomic(savepoint=False)
def start_by_hand(*, collection_id: int, idempotency_key: str) -> Step | None:
    """As `start`, for a method that passes no provider; None for any other, and where nothing is to be paid any more.

    Nobody outside is asked, so it may be called inside a transaction.
    """
    collection = locks.lock_collection(collection_id)
    if collection.closed_at is not None or not _is_by_hand(collection.method_code):
        return None
    prepared = _prepare(collection, _key(collection_id, idempotency_key))
    return None if isinstance(prepared, PaymentAttempt | _Foreign) else prepared


def begin_by_hand(*, collection: PaymentCollection, idempotency_key: str) -> None:
    """As `start_by_hand`, for a collection that the caller's own transaction has just opened."""
    if collection.closed_at is None and _is_by_hand(collection.method_code):
        _prepare(collection, _key(collection.pk, idempotency_key), is_new=True)


def starts_by_hand(method_code: str) -> bool:
    """Return whether `begin_by_hand` has said already what the shopper has to do: no provider is to be asked."""
    return _is_by_hand(method_code)


def _key(collection_id: int, idempotency_key: str) -> str:
    return f"{collection_id}:{idempotency_key}"[:120]


@dataclass(frozen=True, slots=True)
class _Foreign:
    """An attempt through another gateway than the collection's, or on another device, is still open."""

    attempt_id: int


def _prepare(
    collection: PaymentCollection, key: str, *, is_new: bool = False, shopper: Shopper = NOBODY
) -> PaymentAttempt | Step | _Foreign:
    """Decide under the lock: the step that is known already, or the attempt to ask its gateway about.

    A method that passes no provider is not asked later: its attempt is written with its step at once.
    """
    if collection.state == CollectionState.REVIEW:
        return Failed("under_review", gettext(UNDER_REVIEW), retryable=False)
    if collection.captured_minor >= collection.amount_minor or collection.state == CollectionState.AUTHORISED:
        return Settled()
    if collection.closed_at is not None:
        raise CollectionClosed()
    attempts = [] if is_new else attempts_of(collection.pk)
    still_open = [attempt for attempt in attempts if attempt.state in OPEN_ATTEMPT_STATES]
    for attempt in still_open:
        if attempt.gateway != collection.method_code or _is_elsewhere(attempt, shopper):
            return _Foreign(attempt.pk)
    for attempt in attempts:
        if attempt.idempotency_key == key and attempt.state not in OPEN_ATTEMPT_STATES:
            return end_of(attempt)
    for attempt in still_open:
        if attempt.state == AttemptState.PENDING and attempt.step:
            step = step_from_json(attempt.step)
            if not (isinstance(step, Redirect) and step.until and step.until <= now().timestamp()):
                return step
        attempt.collection = collection
        return attempt
    gateway, config = usable(collection.method_code)
    if not gateway.description.manual and not is_new:
        _admit(collection, shopper)
    attempt = PaymentAttempt(
        collection=collection,
        gateway=collection.method_code,
        token=new_token(),
        idempotency_key=key,
        amount_minor=collection.amount_minor - collection.captured_minor,
        device=shopper.device,
        test_mode=config.test_mode,
        email_key=key_of("email", shopper.email),
        address_key=key_of("address", shopper.client_ip),
        created_at=now(),
    )
    result = None
    if gateway.description.manual:
        try:
            result = _asked(attempt, gateway, config, shopper)
        except (GatewayUnavailable, GatewayRefused) as error:
            return Failed(error.code, sentence(error))
        attempt.external_id, attempt.expires_at = result.external_id, result.expires_at
        attempt.step, attempt.state = step_to_json(result.step), AttemptState.PENDING
    insert(attempt)
    return attempt if result is None else result.step


def _admit(collection: PaymentCollection, shopper: Shopper) -> None:
    found = verdict(collection, email=shopper.email, address=shopper.client_ip)
    if found.level == "refused":
        raise TooManyTries(kind=found.kind, count=found.count)
    if found.level == "challenge" and not shopper.is_person:
        raise ChallengeNeeded()


@transaction.atomic
def _raise_alarm(refused: TooManyTries) -> None:
    """Tell staff, once an hour for each kind; whom it was is written nowhere."""
    logger.warning("payments are refused: %s tries by one %s within an hour", refused.count, refused.kind)
    key = f"{now():%Y%m%d%H}:{refused.kind}"
    if not insert(PaymentAlarm(key=key, kind=refused.kind, count=refused.count, created_at=now()), unless_there=True):
        PaymentAlarm.objects.filter(key=key, count__lt=refused.count).update(count=refused.count)
    else:
        publish(PaymentTriesRefused(refused.kind, refused.count), reference="payments", actor="system")


def _is_by_hand(code: str) -> bool:
    return code in gateways and gateways.get(code).description.manual


def _is_elsewhere(attempt: PaymentAttempt, shopper: Shopper) -> bool:
    by_device = attempt.gateway in gateways and gateways.get(attempt.gateway).description.by_device
    return by_device and shopper is not NOBODY and attempt.device != shopper.device


def _asked(
    attempt: PaymentAttempt,
    gateway: PaymentGateway,
    config: GatewayConfig,
    shopper: Shopper,
    until: datetime | None = None,
) -> StartResult:
    collection = attempt.collection
    request = StartRequest(
        token=attempt.token,
        amount=Money(attempt.amount_minor, collection.currency),
        label=collection.label or collection.reference,
        language=collection.language,
        return_url=addresses.return_url(attempt.token),
        webhook_url=addresses.webhook_url(attempt.gateway),
        device=shopper.device,
        client_ip=shopper.client_ip,
        payer=shopper.payer,
        expires_at=until,
        reference=transfer_reference(collection.pk, collection.currency),
    )
    with translation.override(collection.language):
        return gateway.start(request, config)


def _ask(attempt: PaymentAttempt, shopper: Shopper, until: datetime | None) -> Step:
    gateway, config = known_for(attempt)
    collection = attempt.collection
    if isinstance(gateway, NamesPayer) and not shopper.payer:
        ticket = ticket_of(collection_id=collection.pk, key=attempt.idempotency_key, until=until)
        if url := gateway.payer_url(shopper.device, addresses.payer_url(ticket), config):
            return Redirect(url)
    try:
        result = _asked(attempt, gateway, config, shopper, until)
    except GatewayUnavailable as error:
        return Failed(error.code, sentence(error))
    except GatewayRefused as error:
        _store_refusal(attempt.pk, collection.pk, error)
        return Failed(error.reason, sentence(error))
    return _store_answer(attempt.pk, collection.pk, result, polled=not gateway.description.manual)


@transaction.atomic
def _store_refusal(attempt_id: int, collection_id: int, error: GatewayRefused) -> None:
    collection = locks.lock_collection(collection_id)
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    if attempt.state != AttemptState.CREATED:
        return
    attempt.state = AttemptState.FAILED
    attempt.error_code = error.reason[:60]
    attempt.error_message = error.detail[:500]
    attempt.save(update_fields=["state", "error_code", "error_message"])
    publish(
        PaymentFailed(
            collection_id=collection.pk,
            reference=collection.reference,
            attempt_id=attempt.pk,
            amount_minor=attempt.amount_minor,
            currency=collection.currency,
            error_code=attempt.error_code,
        ),
        reference=collection.reference,
        actor=f"gateway:{attempt.gateway}",
    )


@transaction.atomic
def _store_answer(attempt_id: int, collection_id: int, result: StartResult, *, polled: bool) -> Step:
    locks.lock_collection(collection_id)
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    attempt.external_id = result.external_id
    attempt.expires_at = result.expires_at
    attempt.step = step_to_json(result.step)
    if attempt.state == AttemptState.CREATED:
        attempt.state = AttemptState.PENDING
        attempt.next_poll_at = now() + FIRST_POLL if polled else None
    attempt.save(update_fields=["external_id", "expires_at", "step", "state", "next_poll_at"])
    for event in result.events:
        record_event(provider=attempt.gateway, event=event)
    if result.events:
        attempt.refresh_from_db()
    # Closed or paid while the provider was thinking: its page must not be shown any more.
    return result.step if attempt.state in OPEN_ATTEMPT_STATES else end_of(attempt)
