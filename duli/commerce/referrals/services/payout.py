"""Approved commissions are paid out in batches: written first, then paid by hand from the list."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.commerce.referrals.events import CommissionPaid
from duli.commerce.referrals.models import Entry, Payout, PayoutBatch, Referral
from duli.commerce.referrals.selectors import payable
from duli.commerce.referrals.types import NothingToPay, PaidMeanwhile
from duli.platform.audit.services import record
from duli.platform.events.services import publish


@transaction.atomic
def pay_out(*, currency: str, actor: str) -> PayoutBatch:
    """Write down as paid what every partner is owed in a currency, each referral once however many ask at once.

    What was taken back of orders that had been paid for is set off; who owes the shop more than is owed waits for the
    next batch. NothingToPay, PaidMeanwhile.
    """
    by_referrer = owed_rows(currency)
    if not by_referrer:
        raise NothingToPay()
    batch = PayoutBatch.objects.create(currency=currency, actor=actor, created_at=now())
    for rows in by_referrer.values():
        sum_minor = sum(row.owed_minor for row in rows)
        payout = Payout.objects.create(
            batch=batch, referrer=rows[0].referrer, amount_minor=sum_minor, pay_to=rows[0].referrer.pay_to
        )
        for row in rows:
            if not claim(row):
                raise PaidMeanwhile()
        Entry.objects.bulk_create(
            Entry(
                referral=row,
                reason=Entry.Reason.PAID,
                amount_minor=-row.owed_minor,
                payout=payout,
                created_at=batch.created_at,
            )
            for row in rows
        )
        publish(
            CommissionPaid(payout.referrer_id, payout.pk, sum_minor, currency),
            reference=f"customer:{rows[0].referrer.customer_id}",
            actor=actor,
        )
    record(
        area="referrals",
        action="paid_out",
        reference=f"payout:{batch.pk}",
        label=currency,
        changes={"partners": (0, len(by_referrer))},
        actor=actor,
    )
    return batch


def owed_rows(currency: str) -> dict[int, list[Referral]]:
    """Return what is to be paid by partner, without those to whom nothing is owed on balance."""
    found: dict[int, list[Referral]] = defaultdict(list)
    for row in payable().filter(currency=currency).order_by("pk"):
        found[row.referrer_id].append(row)
    return {pk: rows for pk, rows in sorted(found.items()) if sum(row.owed_minor for row in rows) > 0}


def claim(row: Referral) -> bool:
    """Note a referral as paid if nobody did since it was read: the statement decides, not what was read before."""
    same = Referral.objects.filter(pk=row.pk, paid_minor=row.paid_minor, earned_minor=row.earned_minor)
    return bool(same.update(paid_minor=F("paid_minor") + row.owed_minor))
