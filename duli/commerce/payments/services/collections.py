from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money, exponent
from duli.commerce.payments import locks
from duli.commerce.payments.configuration import known_for, usable
from duli.commerce.payments.events import PaymentCaptured
from duli.commerce.payments.gateway import AttemptRef
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection
from duli.commerce.payments.services.record import record_event, restate
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES, AttemptState, CollectionState
from duli.commerce.payments.store_credit import OWN_MONEY
from duli.commerce.payments.types import AlreadyPaid, CollectionClosed, ReferenceTaken
from duli.platform.events.services import publish
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.prepared import insert

MAXIMUM_MINOR = 10**15


@transaction.atomic(savepoint=False)
def open_collection(
    *, reference: str, amount: Money, method_code: str, return_url: str, language: str, label: str = ""
) -> PaymentCollection:
    """Ask for `amount` under `reference`, in the caller's transaction; the same again returns the same.

    `label` is what people call it (the order number), `return_url` where the shopper goes after a provider's
    page, a path of this shop. Nothing to pay is paid at once. Raises UnknownMethod, InvalidInput,
    ReferenceTaken.
    """
    if not 0 <= amount.minor <= MAXIMUM_MINOR:
        raise InvalidInput(field="amount")
    try:
        exponent(amount.currency)
    except ValueError:
        raise InvalidInput(field="currency") from None
    if not return_url.startswith("/") or return_url.startswith(("//", "/\\")):
        raise InvalidInput(field="return_url")
    if amount.minor and method_code not in OWN_MONEY:
        usable(method_code)
    collection = PaymentCollection(
        reference=reference,
        label=label,
        currency=amount.currency,
        amount_minor=amount.minor,
        state=CollectionState.OPEN if amount.minor else CollectionState.CAPTURED,
        method_code=method_code,
        return_url=return_url,
        language=language,
        created_at=now(),
    )
    is_new = insert(collection, unless_there=True)
    if not is_new:
        collection = PaymentCollection.objects.get(reference=reference)
    if (collection.amount_minor, collection.currency) != (amount.minor, amount.currency):
        raise ReferenceTaken()
    if is_new and not amount.minor:
        publish(
            PaymentCaptured(
                collection_id=collection.pk,
                reference=reference,
                amount_minor=0,
                captured_minor=0,
                currency=amount.currency,
                late=False,
            ),
            reference=reference,
            actor="system",
        )
    return collection


@transaction.atomic
def change_amount(*, collection_id: int, amount: Money, actor: str) -> PaymentCollection:
    """Ask for another amount in all, in the caller's transaction: what the collection is for has changed.

    What is open at a provider for the former rest is closed by a job; the next start asks for the new one.
    NotFound, InvalidInput, CollectionClosed.
    """
    collection = locks.lock_collection(collection_id)
    if amount.currency != collection.currency or not 0 <= amount.minor <= MAXIMUM_MINOR:
        raise InvalidInput(field="amount")
    if collection.closed_at is not None:
        raise CollectionClosed()
    if amount.minor == collection.amount_minor:
        return collection
    collection.amount_minor = amount.minor
    collection.save(update_fields=["amount_minor"])
    close_stale(collection)
    restate(collection, actor=actor)
    return collection


def close_stale(collection: PaymentCollection) -> None:
    """Let a job close what is open at a provider for another rest than the one that is owed now."""
    from duli.commerce.payments.jobs import close_attempt as close_job

    rest = collection.amount_minor - collection.captured_minor
    stale = collection.attempts.filter(state__in=OPEN_ATTEMPT_STATES).exclude(amount_minor=rest)
    for attempt_id in stale.values_list("pk", flat=True):
        close_job.enqueue(attempt_id=attempt_id)


def change_method(*, collection_id: int, method_code: str) -> PaymentCollection:
    """Let the rest be paid another way. What is open at another provider is closed there first.

    Calls gateways, so never inside a transaction. Raises UnknownMethod, CollectionClosed, AlreadyPaid (perhaps
    because the money came while we closed), GatewayUnavailable (the old way may still be payable).
    """
    require_no_transaction()
    usable(method_code)
    others = (
        PaymentAttempt.objects.filter(collection_id=collection_id, state__in=OPEN_ATTEMPT_STATES)
        .exclude(gateway=method_code)
        .values_list("pk", flat=True)
    )
    for attempt_id in others:
        close_attempt(attempt_id=attempt_id)
    with transaction.atomic():
        collection = locks.lock_collection(collection_id)
        if collection.closed_at is not None:
            raise CollectionClosed()
        if collection.captured_minor >= collection.amount_minor or collection.state == CollectionState.AUTHORISED:
            raise AlreadyPaid()
        collection.method_code = method_code
        collection.save(update_fields=["method_code"])
    return collection


def reference_of(attempt: PaymentAttempt, currency: str) -> AttemptRef:
    """Return the attempt as its provider knows it."""
    return AttemptRef(attempt.token, attempt.external_id, Money(attempt.amount_minor, currency))


def close_attempt(*, attempt_id: int) -> PaymentAttempt:
    """Make sure that nothing can be paid by this attempt any more; money that came first is recorded.

    Calls the gateway, so never inside a transaction. NotFound, GatewayUnavailable (then try again).
    """
    require_no_transaction()
    attempt = PaymentAttempt.objects.select_related("collection").filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound()
    if attempt.state not in {*OPEN_ATTEMPT_STATES, AttemptState.AUTHORISED}:
        return attempt
    gateway, config = known_for(attempt)
    for event in gateway.close(reference_of(attempt, attempt.collection.currency), config):
        record_event(provider=attempt.gateway, event=event)
    with transaction.atomic():
        collection = locks.lock_collection(attempt.collection_id)
        attempt.refresh_from_db()
        if attempt.state in OPEN_ATTEMPT_STATES:
            attempt.state = AttemptState.CLOSED
            attempt.next_poll_at = None
            attempt.save(update_fields=["state", "next_poll_at"])
            restate(collection, actor="system")
    return attempt


def void(*, collection_id: int, actor: str) -> PaymentCollection:
    """Close a collection for good: nobody should pay any more, what was only authorised is released.

    Money that was captured stays (refund it); money that still comes is recorded as late. Calls gateways, so
    never inside a transaction; again changes nothing. NotFound, GatewayUnavailable (then try again).
    """
    require_no_transaction()
    with transaction.atomic():
        collection = locks.lock_collection(collection_id)
        if collection.closed_at is None:
            collection.closed_at = now()
            collection.save(update_fields=["closed_at"])
            restate(collection, actor=actor)
    still_payable = [*OPEN_ATTEMPT_STATES, AttemptState.AUTHORISED]
    for attempt_id in collection.attempts.filter(state__in=still_payable).values_list("pk", flat=True):
        close_attempt(attempt_id=attempt_id)
    collection.refresh_from_db()
    return collection
