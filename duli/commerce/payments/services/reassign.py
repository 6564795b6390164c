"""Paid money changes hands between collections of this shop; at the provider nothing moves."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.payments import locks
from duli.commerce.payments.models import PaymentCollection, Reassignment
from duli.commerce.payments.services.collections import close_stale
from duli.commerce.payments.services.record import restate
from duli.commerce.payments.services.refunds import rooms
from duli.commerce.payments.types import RefundTooLarge, WrongCurrency


@transaction.atomic
def reassign(
    *, source_id: int, target_id: int, amount: Money, source_asks: Money, target_asks: Money, actor: str
) -> None:
    """Let `amount` that was paid for one collection count for another, in the caller's transaction.

    What each asks for is changed with it, so that neither ever looks overpaid. The money can be refunded from the
    target then, through the payment it came by. NotFound, InvalidInput, WrongCurrency, RefundTooLarge (not so much
    is left of it).
    """
    locked = locks.lock_collections({source_id, target_id})
    if len(locked) != 2:
        raise NotFound()
    source, target = locked[source_id], locked[target_id]
    for money in (amount, source_asks, target_asks):
        if money.currency != source.currency or money.currency != target.currency:
            raise WrongCurrency(field="currency", expected=source.currency, given=money.currency)
        if money.minor < 0:
            raise InvalidInput(field="amount")
    for collection, asks in ((source, source_asks), (target, target_asks)):
        collection.amount_minor = asks.minor
        collection.save(update_fields=["amount_minor"])
    _hand_over(source, target, amount, actor)
    for collection in (source, target):
        restate(collection, actor=actor, is_news=False)
        close_stale(collection)


def _hand_over(source: PaymentCollection, target: PaymentCollection, amount: Money, actor: str) -> None:
    found, left = rooms(source)
    if amount.minor > left:
        raise RefundTooLarge(available=Money(max(0, left), amount.currency).format(source.language))
    wanted = amount.minor
    rows = []
    for attempt_id, available in found:
        take = min(max(0, available), wanted)
        if take:
            wanted -= take
            rows.append(
                Reassignment(
                    source=source,
                    target=target,
                    attempt_id=attempt_id,
                    amount_minor=take,
                    actor=actor,
                    created_at=now(),
                )
            )
    if wanted:
        raise RefundTooLarge(available=Money(amount.minor - wanted, amount.currency).format(source.language))
    Reassignment.objects.bulk_create(rows)
