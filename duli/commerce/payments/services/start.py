from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import sentence
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.payments import addresses, locks
from duli.commerce.payments.configuration import known, usable
from duli.commerce.payments.events import PaymentFailed
from duli.commerce.payments.gateway import (
    Failed,
    GatewayRefused,
    GatewayUnavailable,
    Settled,
    StartRequest,
    StartResult,
    Step,
    step_from_json,
    step_to_json,
)
from duli.commerce.payments.locks import require_no_transaction
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection
from duli.commerce.payments.outcomes import UNDER_REVIEW, end_of
from duli.commerce.payments.services.collections import close_attempt, reference_of
from duli.commerce.payments.services.record import record_event
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES, AttemptState, CollectionState
from duli.commerce.payments.types import CollectionClosed, NothingAuthorised
from duli.platform.events.services import publish

FIRST_POLL = timedelta(minutes=1)


def start(*, collection_id: int, idempotency_key: str) -> Step:
    """Ask the collection's gateway for what is still owed and return what the shopper has to do.

    The attempt is stored first, the gateway called outside any transaction, its answer stored after. While
    an attempt is open the same step comes back, whatever the key; the key of a finished attempt returns its
    end, a new key tries again. If the provider does not answer, the step is Failed and the next call repeats
    the very same request. Never call it inside a transaction. NotFound, CollectionClosed, UnknownMethod.
    """
    require_no_transaction()
    key = f"{collection_id}:{idempotency_key}"[:120]
    for attempt_id in _foreign_attempts(collection_id):
        # Two payable pages for one order would be two charges: the other way is closed before this one opens.
        try:
            close_attempt(attempt_id=attempt_id)
        except (GatewayUnavailable, GatewayRefused) as error:
            return Failed(error.code, sentence(error))
    with transaction.atomic():
        prepared = _prepare(collection_id, key)
    if not isinstance(prepared, PaymentAttempt):
        return prepared
    return _ask(prepared)


def _foreign_attempts(collection_id: int) -> list[int]:
    collection = PaymentCollection.objects.filter(pk=collection_id).first()
    if collection is None:
        return []
    rows = collection.attempts.filter(state__in=OPEN_ATTEMPT_STATES).exclude(gateway=collection.method_code)
    return list(rows.values_list("pk", flat=True))


def _prepare(collection_id: int, key: str) -> PaymentAttempt | Step:
    """Decide under the lock: the step that is known already, or the attempt to ask its gateway about."""
    collection = locks.lock_collection(collection_id)
    if collection.state == CollectionState.REVIEW:
        return Failed("under_review", gettext(UNDER_REVIEW), retryable=False)
    if collection.captured_minor >= collection.amount_minor or collection.state == CollectionState.AUTHORISED:
        return Settled()
    if collection.closed_at is not None:
        raise CollectionClosed()
    same = collection.attempts.filter(idempotency_key=key).first()
    if same is not None and same.state not in OPEN_ATTEMPT_STATES:
        return end_of(same)
    open_attempt = collection.attempts.filter(state__in=OPEN_ATTEMPT_STATES).first()
    if open_attempt is not None:
        if open_attempt.state == AttemptState.PENDING and open_attempt.step:
            return step_from_json(open_attempt.step)
        return open_attempt
    usable(collection.method_code)
    return PaymentAttempt.objects.create(
        collection=collection,
        gateway=collection.method_code,
        token=new_token(),
        idempotency_key=key,
        amount_minor=collection.amount_minor - collection.captured_minor,
        created_at=now(),
    )


def _ask(attempt: PaymentAttempt) -> Step:
    gateway, config = known(attempt.gateway)
    collection = attempt.collection
    request = StartRequest(
        token=attempt.token,
        amount=Money(attempt.amount_minor, collection.currency),
        label=collection.label or collection.reference,
        language=collection.language,
        return_url=addresses.return_url(attempt.token),
        webhook_url=addresses.webhook_url(attempt.gateway),
    )
    try:
        with translation.override(collection.language):
            result = gateway.start(request, config)
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
    attempt.refresh_from_db()
    # Closed or paid while the provider was thinking: its page must not be shown any more.
    return result.step if attempt.state in OPEN_ATTEMPT_STATES else end_of(attempt)


def capture(*, collection_id: int) -> PaymentCollection:
    """Take all that is authorised; again changes nothing.

    Calls gateways, so never inside a transaction. NotFound, NothingAuthorised, GatewayUnavailable,
    GatewayRefused.
    """
    require_no_transaction()
    with transaction.atomic():
        collection = locks.lock_collection(collection_id)
        attempts = list(collection.attempts.filter(state=AttemptState.AUTHORISED))
    if not attempts and collection.captured_minor < collection.amount_minor:
        raise NothingAuthorised()
    for attempt in attempts:
        gateway, config = known(attempt.gateway)
        for event in gateway.capture(reference_of(attempt, collection.currency), config):
            record_event(provider=attempt.gateway, event=event)
    collection.refresh_from_db()
    return collection
