"""Asking providers whose messages got lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.commerce.payments import locks
from duli.commerce.payments.configuration import known_for
from duli.commerce.payments.gateway import GatewayRefused, GatewayUnavailable
from duli.commerce.payments.models import PaymentAttempt, PaymentEvent
from duli.commerce.payments.services.collections import close_attempt, reference_of
from duli.commerce.payments.services.record import process_event, record_event
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES, EventKind, RefundState
from duli.platform.store.outside import require_no_transaction

# After the first minute: pauses before the next questions; then every six hours until the attempt is too old.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (4, 10, 45, 60, 120))
LATER = timedelta(hours=6)
MAXIMUM_AGE = timedelta(hours=48)


def ask_provider(attempt: PaymentAttempt) -> None:
    """Query the gateway outside any transaction and record what it says. GatewayUnavailable, GatewayRefused."""
    gateway, config = known_for(attempt)
    if gateway.description.manual:
        return
    require_no_transaction()
    under_way = tuple(attempt.refunds.filter(state=RefundState.PENDING).values_list("token", flat=True))
    reference = replace(reference_of(attempt, attempt.collection.currency), refunds=under_way)
    for event in gateway.query(reference, config):
        record_event(provider=attempt.gateway, event=event)


def handle_event(*, event_id: int) -> None:
    """Let a stored event count; where it says only that something happened, ask the provider what. Again is harmless.

    Never inside a transaction. GatewayUnavailable (then try again).
    """
    process_event(event_id=event_id)
    row = PaymentEvent.objects.filter(pk=event_id, kind=EventKind.CHANGED).first()
    attempt = (
        PaymentAttempt.objects.select_related("collection")
        .filter(token=row.attempt_token, gateway=row.provider)
        .first()
        if row
        else None
    )
    if attempt is not None:
        ask_provider(attempt)


@transaction.atomic
def poll_due(*, limit: int = 100) -> int:
    """Enqueue a question for every attempt whose time came, and plan the next one; return how many."""
    from duli.commerce.payments.jobs import poll_attempt as poll_attempt_job

    due = locks.lock_due_attempts(now(), limit)
    for attempt in due:
        pause = PAUSES[attempt.poll_count] if attempt.poll_count < len(PAUSES) else LATER
        PaymentAttempt.objects.filter(pk=attempt.pk).update(
            next_poll_at=now() + pause, poll_count=attempt.poll_count + 1
        )
        poll_attempt_job.enqueue(attempt_id=attempt.pk)
    return len(due)


def poll_attempt(*, attempt_id: int) -> None:
    """Ask about one attempt; one that is past its time is closed at the provider.

    Calls the gateway, so never inside a transaction. A provider that does not answer is asked again later.
    """
    attempt = PaymentAttempt.objects.select_related("collection").filter(pk=attempt_id).first()
    if attempt is None:
        return
    refund_under_way = attempt.refunds.filter(state=RefundState.PENDING).exists()
    is_open = attempt.state in OPEN_ATTEMPT_STATES
    if not is_open and not refund_under_way:
        PaymentAttempt.objects.filter(pk=attempt_id).update(next_poll_at=None)
        return
    try:
        limit = attempt.expires_at or attempt.created_at + MAXIMUM_AGE
        if is_open and now() >= limit:
            close_attempt(attempt_id=attempt_id)
        else:
            ask_provider(attempt)
    except (GatewayUnavailable, GatewayRefused):
        return
