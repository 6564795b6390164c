from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, Sum

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.payments import addresses, locks
from duli.commerce.payments.configuration import known_for
from duli.commerce.payments.events import PaymentRefundFailed
from duli.commerce.payments.gateway import (
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    RefundRequest,
    RefundResult,
    gateways,
)
from duli.commerce.payments.gift_cards import GIFT_CARD
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, PaymentEvent, Refund
from duli.commerce.payments.selectors import charge_of
from duli.commerce.payments.services.collections import reference_of
from duli.commerce.payments.services.gift_cards import give_back
from duli.commerce.payments.services.record import MANUAL, REFUND_KINDS, record_event, restate, store_event
from duli.commerce.payments.services.store_credit import give_credit_back
from duli.commerce.payments.states import EventKind, Problem, RefundState, Resolution
from duli.commerce.payments.store_credit import OWN_MONEY
from duli.commerce.payments.types import IdempotencyConflict, RefundTooLarge, WrongCurrency
from duli.platform.events.services import publish
from duli.platform.store.outside import require_no_transaction

FIRST_REPEAT = timedelta(minutes=1)
UNDER_WAY = (RefundState.REQUESTED, RefundState.PENDING)
_COUNTS = Q(problem=Problem.NONE) | Q(resolution=Resolution.ACCEPTED)


def refund(*, collection_id: int, amount: Money, actor: str, idempotency_key: str, reason: str = "") -> Refund:
    """Give `amount` back the way it came; the same key again returns the same refund.

    Money that came through a provider goes back through it; money that staff took in by hand is only noted,
    for it goes back by hand. The row and its key are stored before the provider is called; if it does not
    answer, a job repeats the same request, so the refund is "requested" until it does. Never call it inside a
    transaction. NotFound, InvalidInput, WrongCurrency, RefundTooLarge, IdempotencyConflict.
    """
    require_no_transaction()
    key = f"{collection_id}:{idempotency_key}"[:120]
    with transaction.atomic():
        row = _request(collection_id, amount, actor, key, reason)
    if row.state == RefundState.REQUESTED:
        try:
            return carry_out_refund(refund_id=row.pk)
        except GatewayUnavailable:
            row.refresh_from_db()
    return row


def _request(collection_id: int, amount: Money, actor: str, key: str, reason: str) -> Refund:
    from duli.commerce.payments.jobs import carry_out_refund as carry_out_job

    collection = locks.lock_collection(collection_id)
    if amount.currency != collection.currency:
        raise WrongCurrency(field="currency", expected=collection.currency, given=amount.currency)
    existing = Refund.objects.filter(idempotency_key=key).first()
    if existing is not None:
        if existing.amount_minor != amount.minor:
            raise IdempotencyConflict()
        return existing
    if amount.minor <= 0:
        raise InvalidInput(field="amount")
    attempt = _source(collection, amount)
    row = Refund.objects.create(
        collection=collection,
        attempt=attempt,
        token=new_token(),
        idempotency_key=key,
        amount_minor=amount.minor,
        reason=reason[:255],
        actor=actor,
        created_at=now(),
    )
    carry_out_job.enqueue(run_after=now() + FIRST_REPEAT, refund_id=row.pk)
    return row


def rooms(collection: PaymentCollection) -> tuple[list[tuple[int | None, int]], int]:
    """Return what can go back through each attempt (None: by hand), best first, and what can in all."""
    waiting = collection.refunds.filter(state__in=UNDER_WAY).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    # What the payer's bank took back, or is deciding about, must not go back a second time.
    gone = collection.refunded_minor + collection.disputed_minor + collection.charged_back_minor
    left = collection.captured_minor - gone - waiting
    room: dict[int | None, int] = {}
    for source, minor in _captured_by_source(collection).items():
        used = (
            collection.refunds.filter(attempt_id=source)
            .exclude(state=RefundState.FAILED)
            .aggregate(sum=Sum("amount_minor"))["sum"]
            or 0
        )
        room[source] = minor - used
    own = set(collection.attempts.filter(gateway__in=OWN_MONEY).values_list("pk", flat=True))
    # What a gift card or store credit paid goes back there first, so that none becomes cash; then what came through a
    # provider, which needs nobody's hands.
    return sorted(room.items(), key=lambda entry: (entry[0] not in own, entry[0] is None, -entry[1])), left


def _source(collection: PaymentCollection, amount: Money) -> PaymentAttempt | None:
    """Return the attempt whose money goes back; None for money that was taken in by hand."""
    found, left = rooms(collection)
    for source, available in found:
        if amount.minor <= min(available, left):
            return PaymentAttempt.objects.get(pk=source) if source is not None else None
    largest = max(0, min(left, max((available for _, available in found), default=0)))
    raise RefundTooLarge(available=Money(largest, collection.currency).format(collection.language))


@transaction.atomic
def parts_of_refund(*, collection_id: int, amount: Money) -> list[Money]:
    """Split `amount` into the parts that each fit one payment, to be refunded one after the other.

    What was paid in two goes (an order that was made larger) cannot go back in one. RefundTooLarge, NotFound.
    """
    collection = locks.lock_collection(collection_id)
    found, left = rooms(collection)
    if amount.minor > left:
        raise RefundTooLarge(available=Money(max(0, left), collection.currency).format(collection.language))
    if any(amount.minor <= available for _, available in found):
        return [amount]
    parts, wanted = [], amount.minor
    for _, available in found:
        take = min(max(0, available), wanted)
        if take:
            parts.append(Money(take, collection.currency))
            wanted -= take
    if wanted:
        raise RefundTooLarge(available=Money(amount.minor - wanted, collection.currency).format(collection.language))
    return parts


def _captured_by_source(collection: PaymentCollection) -> dict[int | None, int]:
    """Sum what counts as captured by attempt, None for loose money and for attempts of manual gateways."""
    told = collection.events.filter(_COUNTS, kind__in=[EventKind.CAPTURED, EventKind.REVERSED]).values_list(
        "kind", "attempt_id", "attempt__gateway", "transaction_id", "amount_minor"
    )
    events = list(told)
    undone = {(row[1], row[3]) for row in events if row[0] == EventKind.REVERSED}
    rows = [row[1:] for row in events if row[0] == EventKind.CAPTURED and (row[1], row[3]) not in undone]
    seen: dict[tuple[int | None, str], int] = {}
    for attempt_id, gateway, transaction_id, minor in rows:
        by_hand = gateway not in OWN_MONEY and (
            attempt_id is None or gateway not in gateways or gateways.get(gateway).description.manual
        )
        key = (None if by_hand else attempt_id, transaction_id)
        seen[key] = max(seen.get(key, 0), minor)
    sums: dict[int | None, int] = {}
    for (source, _), minor in seen.items():
        sums[source] = sums.get(source, 0) + minor
    for attempt_id, minor in collection.taken.values_list("attempt_id", "amount_minor"):
        sums[attempt_id] = sums.get(attempt_id, 0) + minor
    for attempt_id, minor in collection.given.values_list("attempt_id", "amount_minor"):
        sums[attempt_id] = sums.get(attempt_id, 0) - minor
    return sums


def carry_out_refund(*, refund_id: int) -> Refund:
    """Ask the provider for a refund that was requested, under its own key; done or failed ones stay as they are.

    Calls the gateway, so never inside a transaction. NotFound, GatewayUnavailable (then try again).
    """
    require_no_transaction()
    row = Refund.objects.select_related("collection", "attempt").filter(pk=refund_id).first()
    if row is None:
        raise NotFound()
    if row.state != RefundState.REQUESTED:
        return row
    attempt = row.attempt
    if attempt is not None and attempt.gateway in OWN_MONEY:
        return _to_own_money(row, attempt)
    if attempt is None:
        return _store_result(row, MANUAL, RefundResult("succeeded", f"{MANUAL}:{row.token}"))
    gateway, config = known_for(attempt)
    charge = charge_of(attempt.pk)
    request = RefundRequest(
        attempt=reference_of(attempt, row.collection.currency),
        transaction_id=charge,
        token=row.token,
        amount=Money(row.amount_minor, row.collection.currency),
        reason=row.reason,
        webhook_url=addresses.webhook_url(attempt.gateway),
    )
    try:
        result = gateway.refund(request, config)
    except GatewayRefused as error:
        return _store_refusal(row, error)
    return _store_result(row, attempt.gateway, result)


@transaction.atomic
def _to_own_money(row: Refund, attempt: PaymentAttempt) -> Refund:
    """Put a refund on the card that paid, or back to store credit; the entry and the refund's end go together."""
    locks.lock_collection(row.collection_id)
    put_back = give_back if attempt.gateway == GIFT_CARD else give_credit_back
    put_back(
        attempt=attempt,
        amount=Money(row.amount_minor, row.collection.currency),
        key=row.token,
        reference=row.collection.reference,
        actor=row.actor,
    )
    return _store_result(row, attempt.gateway, RefundResult("succeeded", f"{attempt.gateway}:{row.token}"))


@transaction.atomic
def _store_refusal(row: Refund, error: GatewayRefused) -> Refund:
    changed = Refund.objects.filter(pk=row.pk, state=RefundState.REQUESTED).update(
        state=RefundState.FAILED, error_code=error.reason[:60], error_message=error.detail[:500]
    )
    row.refresh_from_db()
    if changed:
        publish(
            PaymentRefundFailed(
                collection_id=row.collection_id,
                reference=row.collection.reference,
                refund_id=row.pk,
                amount_minor=row.amount_minor,
                currency=row.collection.currency,
                error_code=row.error_code,
            ),
            reference=row.collection.reference,
            actor=row.actor,
        )
    return row


@transaction.atomic
def _store_result(row: Refund, provider: str, result: RefundResult) -> Refund:
    owner_id = row.attempt.collection_id if row.attempt else row.collection_id
    locked = locks.lock_collections({row.collection_id, owner_id})
    collection = locked[row.collection_id]
    row.refresh_from_db()
    row.external_id = result.external_id
    if row.state == RefundState.REQUESTED:
        row.state = RefundState.PENDING
    row.save(update_fields=["external_id", "state"])
    if owner_id != row.collection_id:
        _bring_home(row, locked[owner_id])
    if result.state == "succeeded":
        event = GatewayEvent(
            external_id=f"refund:{result.external_id}",
            kind="refunded",
            token=row.attempt.token if row.attempt else "",
            amount=Money(row.amount_minor, collection.currency),
            transaction_id=result.external_id,
        )
        if row.attempt is not None:
            record_event(provider=provider, event=event, actor=row.actor)
            collection = locks.lock_collection(row.collection_id)
        else:
            stored, is_new = store_event(provider=provider, event=event, actor=row.actor)
            if is_new:
                stored.collection = collection
                stored.processed_at = now()
                stored.save(update_fields=["collection", "processed_at"])
    elif row.attempt is not None:
        PaymentAttempt.objects.filter(pk=row.attempt.pk).update(next_poll_at=now() + FIRST_REPEAT, poll_count=0)
    # The event may have been told before the answer: now that the refund is named, it finds it.
    restate(collection, actor=row.actor)
    row.refresh_from_db()
    return row


def _bring_home(row: Refund, owner: PaymentCollection) -> None:
    """Let what the provider told before its refund had a name count where the money belongs now."""
    told = PaymentEvent.objects.filter(
        collection=owner, attempt=row.attempt, transaction_id=row.external_id, kind__in=REFUND_KINDS
    )
    if row.external_id and told.update(collection=row.collection):
        restate(owner, actor=row.actor, is_news=False)
