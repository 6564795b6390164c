from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.customers import locks
from duli.commerce.customers.credit import CreditTooSmall, credit_in
from duli.commerce.customers.models import StoreCreditEntry

MAXIMUM_CREDIT = 10**12


@transaction.atomic
def change_credit(
    *,
    customer_id: int,
    amount: Money,
    reason: str,
    actor: str,
    idempotency_key: str,
    reference: str = "",
    note: str = "",
) -> StoreCreditEntry:
    """Give store credit (`amount` above zero) or take some; the same key again returns the same entry.

    The ledger is only added to and the balance of a currency never falls below zero. NotFound, InvalidInput,
    CreditTooSmall.
    """
    if reason not in StoreCreditEntry.Reason.values or not 0 < abs(amount.minor) <= MAXIMUM_CREDIT:
        raise InvalidInput(field="amount")
    customer = locks.lock_customer(customer_id)
    key = f"{customer_id}:{idempotency_key}"[:120]
    existing = StoreCreditEntry.objects.filter(idempotency_key=key).first()
    if existing is not None:
        return existing
    if amount.minor < 0:
        balance = credit_in(customer_id, amount.currency)
        if balance.minor + amount.minor < 0:
            raise CreditTooSmall(available=balance.format(customer.language or "en"))
    return StoreCreditEntry.objects.create(
        customer=customer,
        currency=amount.currency,
        amount_minor=amount.minor,
        reason=reason,
        reference=reference[:60],
        note=one_line(note, 255),
        actor=actor,
        idempotency_key=key,
        created_at=now(),
    )
