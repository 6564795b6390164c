"""Store credit: a ledger per customer that is only added to. What stands under an alias belongs to the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.customers.models import StoreCreditEntry


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One entry of a customer's store credit; above zero was given, below was taken."""

    id: int
    amount: Money
    reason: str
    reference: str
    note: str
    actor: str
    created_at: datetime


class CreditTooSmall(DuliError):
    """More was to be taken than there is."""

    code = "credit_too_small"
    message = _("Only %(available)s of store credit is left.")
    status = 409


def entries_of(customer_id: int) -> QuerySet[StoreCreditEntry]:
    return StoreCreditEntry.objects.filter(Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id))


def credit_balances(customer_id: int) -> list[Money]:
    """Return the customer's store credit per currency, summed from the ledger; currencies with none are left out."""
    sums = entries_of(customer_id).order_by("currency").values_list("currency").annotate(total=Sum("amount_minor"))
    return [Money(minor, currency) for currency, minor in sums if minor]


def credit_in(customer_id: int, currency: str) -> Money:
    """Return the customer's store credit in a currency (one query)."""
    rows = entries_of(customer_id).filter(currency=currency)
    return Money(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0, currency)


def credit_lines(customer_id: int, *, limit: int = 50) -> list[CreditLine]:
    """Return the newest entries of the customer's store credit."""
    return [
        CreditLine(
            id=row.pk,
            amount=Money(row.amount_minor, row.currency),
            reason=row.reason,
            reference=row.reference,
            note=row.note,
            actor=row.actor,
            created_at=row.created_at,
        )
        for row in entries_of(customer_id)[:limit]
    ]


def overdrawn() -> list[tuple[int, Money]]:
    """Return customers whose store credit adds up to less than nothing; an empty list is right (one query)."""
    person = Coalesce("customer__merged_into_id", "customer_id")
    sums = StoreCreditEntry.objects.order_by().values_list("currency").annotate(person=person)
    rows = sums.values_list("person", "currency").annotate(total=Sum("amount_minor")).filter(total__lt=0)
    return [(pk, Money(minor, currency)) for pk, currency, minor in rows.order_by("person", "currency")]
