"""What staff say about money: it arrived by hand, or a doubtful message is settled."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.payments import locks
from duli.commerce.payments.configuration import enabled_configs
from duli.commerce.payments.gateway import GatewayEvent, gateways
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, PaymentEvent
from duli.commerce.payments.services.collections import MAXIMUM_MINOR
from duli.commerce.payments.services.record import MANUAL, restate, store_event
from duli.commerce.payments.services.refunds import rooms
from duli.commerce.payments.services.start import start_by_hand
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES, Problem, Resolution
from duli.commerce.payments.types import AlreadyGivenBack, IdempotencyConflict, NotReceived, WrongCurrency


@transaction.atomic
def mark_received(
    *, collection_id: int, amount: Money, actor: str, idempotency_key: str, note: str = ""
) -> PaymentCollection:
    """Record that `amount` (more than nothing) arrived by bank transfer or in cash; the same key again does nothing.

    Less than owed leaves the rest payable, more needs review. What is still open at a provider is closed by a
    job once all is paid. NotFound, InvalidInput, WrongCurrency, IdempotencyConflict.
    """
    collection = locks.lock_collection(collection_id)
    if amount.currency != collection.currency:
        raise WrongCurrency(field="currency", expected=collection.currency, given=amount.currency)
    if not 0 < amount.minor <= MAXIMUM_MINOR:
        raise InvalidInput(field="amount")
    attempt = _manual_attempt(collection)
    name = _received_name(collection_id, idempotency_key)
    event = GatewayEvent(
        external_id=name,
        kind="captured",
        token=attempt.token if attempt else "",
        amount=amount,
        transaction_id=name,
    )
    row, is_new = store_event(provider=MANUAL, event=event, actor=actor)
    if not is_new:
        if row.amount_minor != amount.minor:
            raise IdempotencyConflict()
        return collection
    row.collection = collection
    row.attempt = attempt
    row.note = note[:500]
    row.processed_at = now()
    row.save(update_fields=["collection", "attempt", "note", "processed_at"])
    restate(collection, actor=actor)
    return collection


@transaction.atomic
def take_off(*, collection_id: int, idempotency_key: str, actor: str, note: str = "") -> PaymentCollection:
    """Take money off again that `mark_received` noted under this key: it was another's. Again changes nothing.

    What was noted stays, with an event beside it that undoes it; where the shopper pays by hand, they are told anew
    what to pay. NotFound, NotReceived, AlreadyGivenBack.
    """
    collection = locks.lock_collection(collection_id)
    name = _received_name(collection_id, idempotency_key)
    received = PaymentEvent.objects.filter(provider=MANUAL, external_id=name, collection=collection).first()
    if received is None:
        raise NotReceived()
    _found, left = rooms(collection)
    undoing = GatewayEvent(
        external_id=f"undone:{name}"[:255],
        kind="reversed",
        token=received.attempt_token,
        amount=Money(received.amount_minor, received.currency),
        transaction_id=received.transaction_id,
    )
    row, is_new = store_event(provider=MANUAL, event=undoing, actor=actor)
    if not is_new:
        return collection
    if received.amount_minor > left:
        raise AlreadyGivenBack()
    row.collection, row.attempt = collection, received.attempt
    row.note = note[:500]
    row.processed_at = now()
    row.save(update_fields=["collection", "attempt", "note", "processed_at"])
    restate(collection, actor=actor)
    if any(config.code == collection.method_code for config in enabled_configs()):
        start_by_hand(collection_id=collection_id, idempotency_key=f"after:{row.pk}")
    return collection


def _received_name(collection_id: int, idempotency_key: str) -> str:
    return f"received:{collection_id}:{idempotency_key}"[:255]


def _manual_attempt(collection: PaymentCollection) -> PaymentAttempt | None:
    attempt = collection.attempts.filter(state__in=OPEN_ATTEMPT_STATES).first()
    if attempt and attempt.gateway in gateways and gateways.get(attempt.gateway).description.manual:
        return attempt
    return None


@transaction.atomic
def resolve_review(*, event_id: int, accept: bool, actor: str, note: str = "") -> PaymentCollection:
    """Settle a message that did not fit: accept it (its amount counts as it is) or dismiss it.

    Money in another currency or to another account cannot be accepted (InvalidInput). The same decision again
    changes nothing, another one is a Conflict. NotFound if there is nothing to decide.
    """
    row = PaymentEvent.objects.filter(pk=event_id, collection__isnull=False).exclude(problem="").first()
    if row is None or row.collection_id is None:
        raise NotFound()
    collection = locks.lock_collection(row.collection_id)
    row.refresh_from_db()
    decision = Resolution.ACCEPTED if accept else Resolution.DISMISSED
    if row.resolution:
        if row.resolution != decision:
            raise Conflict()
        return collection
    if accept and row.problem != Problem.AMOUNT_MISMATCH:
        raise InvalidInput(field="event")
    row.resolution = decision
    row.note = note[:500] or row.note
    row.save(update_fields=["resolution", "note"])
    restate(collection, actor=actor)
    return collection
