"""Storing what a provider says, and restating a collection from all that is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Sum

from duli.base.clock import now
from duli.base.text import mask_cards
from duli.commerce.payments import ledger, locks
from duli.commerce.payments.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentNeedsReview,
    PaymentRefunded,
    PaymentRestated,
)
from duli.commerce.payments.gateway import GatewayEvent
from duli.commerce.payments.guard import key_of
from duli.commerce.payments.models import Dispute, PaymentAttempt, PaymentCollection, PaymentEvent, Refund
from duli.commerce.payments.states import (
    OPEN_ATTEMPT_STATES,
    AttemptState,
    CollectionState,
    EventKind,
    Problem,
    RefundState,
)
from duli.platform.events.services import publish

MANUAL = "manual"
"""The provider of what staff say."""

REFUND_KINDS = (EventKind.REFUNDED, EventKind.REFUND_FAILED)


def sum_of(rows: Any) -> int:
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def _plain(text: str) -> str:
    """Whole card numbers are never kept."""
    return mask_cards(text.encode("utf-8", "replace")).decode()


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it came in: body and the headers worth keeping."""

    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


NO_MESSAGE = RawMessage()


def store_event(
    *, provider: str, event: GatewayEvent, actor: str, raw: RawMessage = NO_MESSAGE
) -> tuple[PaymentEvent, bool]:
    """Insert the event unless the provider told it before, in the caller's transaction; True if it is new."""
    return PaymentEvent.objects.get_or_create(
        provider=provider,
        external_id=event.external_id,
        defaults={
            "kind": event.kind,
            "attempt_token": event.token,
            "transaction_id": event.transaction_id or event.external_id,
            "amount_minor": event.amount.minor if event.amount else 0,
            "currency": event.amount.currency if event.amount else "",
            "account_matches": event.account_matches,
            "error_code": event.error_code[:60],
            "error_message": _plain(event.error_message)[:500],
            "respond_by": event.respond_by,
            "details": {name: _plain(str(value))[:120] for name, value in event.details.items()},
            "actor": actor,
            "body": raw.body,
            "headers": dict(raw.headers),
            "received_at": now(),
        },
    )


@transaction.atomic
def record_event(*, provider: str, event: GatewayEvent, actor: str = "") -> PaymentCollection | None:
    """Store what `provider` says and restate the collection it belongs to; told again, nothing happens.

    `actor` is who caused it, the gateway itself if nobody else. Returns the collection, or None if the event
    names no attempt of this shop (it stays visible as a problem).
    """
    row, _ = store_event(provider=provider, event=event, actor=actor or f"gateway:{provider}")
    return _process(row)


@transaction.atomic
def process_event(*, event_id: int) -> PaymentCollection | None:
    """Let a stored event count; again changes nothing. For the job that follows a webhook."""
    row = PaymentEvent.objects.filter(pk=event_id).first()
    return _process(row) if row else None


def _process(row: PaymentEvent) -> PaymentCollection | None:
    attempt = PaymentAttempt.objects.filter(token=row.attempt_token, gateway=row.provider).first()
    if attempt is None:
        # Other things may be sold through the same account: that news of them is only noted troubles nobody.
        problem = Problem.NONE if row.kind == EventKind.IGNORED else Problem.UNKNOWN_ATTEMPT
        PaymentEvent.objects.filter(pk=row.pk, processed_at__isnull=True).update(problem=problem, processed_at=now())
        return None
    collection = locks.lock_collection(_belongs_to(row, attempt))
    row.refresh_from_db()
    if row.processed_at is not None:
        return collection
    row.collection = collection
    row.attempt = attempt
    row.problem = ledger.problem_of(
        kind=row.kind,
        minor=row.amount_minor,
        currency=row.currency,
        account_matches=row.account_matches,
        attempt_minor=attempt.amount_minor,
        attempt_currency=collection.currency,
        authorised=row.kind == EventKind.CAPTURED and _was_authorised(attempt),
    )
    row.processed_at = now()
    row.save(update_fields=["collection", "attempt", "problem", "processed_at"])
    if row.kind == EventKind.AUTHORISED and not row.problem:
        _clear_early_captures(attempt, collection.currency)
    restate(collection, actor=row.actor, cause=row)
    return collection


def _was_authorised(attempt: PaymentAttempt) -> bool:
    if attempt.capture_minor is not None:
        return True
    return attempt.events.filter(kind=EventKind.AUTHORISED, problem=Problem.NONE).exists()


def _clear_early_captures(attempt: PaymentAttempt, currency: str) -> None:
    """Let parts count that were taken of an authorisation and told before it: nobody has to look at them any more."""
    early = attempt.events.filter(
        kind=EventKind.CAPTURED, problem=Problem.AMOUNT_MISMATCH, resolution="", currency=currency
    )
    early.filter(amount_minor__lt=attempt.amount_minor).update(problem=Problem.NONE)


def _belongs_to(row: PaymentEvent, attempt: PaymentAttempt) -> int:
    """Return the collection that the event counts for: a refund's own, if its money was reassigned before."""
    if row.kind in REFUND_KINDS and row.transaction_id:
        found = Refund.objects.filter(attempt=attempt, external_id=row.transaction_id)
        owner = found.values_list("collection_id", flat=True).first()
        if owner is not None:
            return owner
    return attempt.collection_id


def restate(
    collection: PaymentCollection, *, actor: str, cause: PaymentEvent | None = None, is_news: bool = True
) -> None:
    """Recompute a locked collection from all its events and publish what really changed.

    `cause` is the event that was just added; its error is kept with the attempt if that failed by it. Without
    `is_news` no money came or went: only PaymentRestated is published.
    """
    attempts = {attempt.pk: attempt for attempt in collection.attempts.all()}
    rows = collection.events.values_list(
        "kind", "attempt_id", "transaction_id", "amount_minor", "problem", "resolution"
    )
    standing = ledger.standing_of(
        amount=collection.amount_minor,
        closed=collection.closed_at is not None,
        attempts={pk: (attempt.state, attempt.amount_minor) for pk, attempt in attempts.items()},
        facts=[ledger.Fact(*row) for row in rows],
        reassigned=sum_of(collection.taken) - sum_of(collection.given),
    )
    _restate_attempts(collection, attempts, standing, actor, cause)
    _restate_refunds(collection, standing)
    _restate_disputes(collection, standing, cause, actor)
    before = (
        collection.authorised_minor,
        collection.captured_minor,
        collection.refunded_minor,
        collection.state,
    )
    collection.authorised_minor = standing.authorised
    collection.captured_minor = standing.captured
    collection.refunded_minor = standing.refunded
    collection.disputed_minor = standing.disputed
    collection.charged_back_minor = standing.charged_back
    collection.state = standing.state
    collection.save(
        update_fields=[
            "authorised_minor",
            "captured_minor",
            "refunded_minor",
            "disputed_minor",
            "charged_back_minor",
            "state",
        ]
    )
    for event in _changes(collection, before, standing) if is_news else _restated(collection, before, standing):
        publish(event, reference=collection.reference, actor=actor)
    if collection.captured_minor >= collection.amount_minor:
        _close_the_rest(attempts.values())


def _restate_attempts(
    collection: PaymentCollection,
    attempts: dict[int, PaymentAttempt],
    standing: ledger.Standing,
    actor: str,
    cause: PaymentEvent | None,
) -> None:
    if cause is not None and cause.details and cause.attempt_id in attempts:
        attempt = attempts[cause.attempt_id]
        attempt.details = {**attempt.details, **cause.details}
        if fingerprint := cause.details.get("fingerprint"):
            attempt.card_key = key_of("card", fingerprint)
        attempt.save(update_fields=["details", "card_key"])
    for pk, state in standing.attempts.items():
        attempt = attempts[pk]
        if attempt.state == state:
            continue
        attempt.state = state
        if state not in OPEN_ATTEMPT_STATES:
            attempt.next_poll_at = None
        if cause is not None and cause.attempt_id == pk and state == AttemptState.FAILED:
            attempt.error_code = cause.error_code or cause.problem
            attempt.error_message = cause.error_message
        attempt.save(update_fields=["state", "next_poll_at", "error_code", "error_message"])
        if state == AttemptState.FAILED:
            publish(
                PaymentFailed(
                    collection_id=collection.pk,
                    reference=collection.reference,
                    attempt_id=pk,
                    amount_minor=attempt.amount_minor,
                    currency=collection.currency,
                    error_code=attempt.error_code,
                ),
                reference=collection.reference,
                actor=actor,
            )


def _restate_refunds(collection: PaymentCollection, standing: ledger.Standing) -> None:
    collection.refunds.filter(external_id__in=standing.refunded_transactions).update(state=RefundState.SUCCEEDED)
    collection.refunds.filter(external_id__in=standing.failed_refunds).update(state=RefundState.FAILED)


def _restate_disputes(
    collection: PaymentCollection, standing: ledger.Standing, cause: PaymentEvent | None, actor: str
) -> None:
    if not standing.disputes:
        return
    known = {(row.attempt_id, row.external_id): row for row in collection.disputes.all()}
    for (attempt_id, external_id), (minor, state) in standing.disputes.items():
        if attempt_id is None:
            continue
        row = known.get((attempt_id, external_id))
        is_new = row is None
        row = row or Dispute(
            collection=collection, attempt_id=attempt_id, external_id=external_id, amount_minor=minor, opened_at=now()
        )
        told = cause is not None and cause.transaction_id == external_id and cause.attempt_id == attempt_id
        if told and cause is not None:
            row.reason = cause.error_code or row.reason
            row.respond_by = cause.respond_by or row.respond_by
        moved = is_new or row.state != state
        row.amount_minor, row.state = minor, state
        if moved or told:
            row.save()
        if moved:
            publish(
                PaymentDisputed(
                    collection_id=collection.pk,
                    reference=collection.reference,
                    currency=collection.currency,
                    dispute_id=row.pk,
                    amount_minor=minor,
                    state=state,
                    reason=row.reason,
                ),
                reference=collection.reference,
                actor=actor,
            )


def _changes(
    collection: PaymentCollection, before: tuple[int, int, int, str], standing: ledger.Standing
) -> Iterable[object]:
    authorised, captured, refunded, state = before
    told = False
    if standing.captured > captured:
        told = True
        yield PaymentCaptured(
            collection_id=collection.pk,
            reference=collection.reference,
            currency=collection.currency,
            amount_minor=collection.amount_minor,
            captured_minor=standing.captured,
            late=collection.closed_at is not None,
        )
    elif standing.authorised > authorised:
        told = True
        yield PaymentAuthorised(
            collection_id=collection.pk,
            reference=collection.reference,
            currency=collection.currency,
            amount_minor=collection.amount_minor,
            authorised_minor=standing.authorised,
        )
    if standing.refunded > refunded:
        told = True
        yield PaymentRefunded(
            collection_id=collection.pk,
            reference=collection.reference,
            currency=collection.currency,
            refund_minor=standing.refunded - refunded,
            refunded_minor=standing.refunded,
            captured_minor=standing.captured,
        )
    if standing.state == CollectionState.REVIEW and state != CollectionState.REVIEW:
        told = True
        yield PaymentNeedsReview(
            collection_id=collection.pk,
            reference=collection.reference,
            currency=collection.currency,
            amount_minor=collection.amount_minor,
            captured_minor=standing.captured,
            reason=standing.reason,
        )
    if not told:
        yield from _restated(collection, before, standing)


def _restated(
    collection: PaymentCollection, before: tuple[int, int, int, str], standing: ledger.Standing
) -> Iterable[object]:
    if before != (standing.authorised, standing.captured, standing.refunded, standing.state):
        yield PaymentRestated(
            collection_id=collection.pk,
            reference=collection.reference,
            currency=collection.currency,
            state=standing.state,
            authorised_minor=standing.authorised,
            captured_minor=standing.captured,
            refunded_minor=standing.refunded,
        )


def _close_the_rest(attempts: Iterable[PaymentAttempt]) -> None:
    """Once all is paid, nothing else may still be payable."""
    from duli.commerce.payments.jobs import close_attempt

    for attempt in attempts:
        if attempt.state in OPEN_ATTEMPT_STATES:
            close_attempt.enqueue(attempt_id=attempt.pk)
