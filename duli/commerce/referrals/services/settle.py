"""Once goods can be returned no more: friends' rewards are given, commissions are approved; and what staff decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.customers.models import StoreCreditEntry
from duli.commerce.customers.services import change_credit
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.states import OrderStatus
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.services import give_code
from duli.commerce.promotions.types import REFERRAL
from duli.commerce.referrals import locks
from duli.commerce.referrals.events import CommissionApproved, FriendRewarded
from duli.commerce.referrals.models import Entry, Program, Referral, Referrer
from duli.commerce.referrals.selectors import program
from duli.commerce.referrals.services.attribute import restate, write
from duli.commerce.referrals.states import REWARD, Kind, ReferralState
from duli.commerce.referrals.types import NotDueYet, ReferralSettled
from duli.platform.audit.services import record
from duli.platform.events.services import publish

SYSTEM = "system"
AT_ONCE = 200
"""How many referrals of one partner are settled by one transaction."""


def settle_due() -> int:
    """Settle what has waited long enough and looks right; return how many referrals that were."""
    due = Referral.objects.filter(state=ReferralState.PENDING, due_at__lte=now()).order_by("pk")
    friends = due.filter(referrer__kind=Kind.FRIEND).values_list("pk", flat=True)
    count = sum(settle(referral_id=pk) for pk in friends)
    if program().approves_itself:
        by_partner: dict[int, list[int]] = defaultdict(list)
        for pk, referrer_id in due.filter(referrer__kind=Kind.PARTNER).values_list("pk", "referrer_id"):
            by_partner[referrer_id].append(pk)
        # A partner hears of a day's commissions at once, not of each.
        for referrer_id, ids in sorted(by_partner.items()):
            for at in range(0, len(ids), AT_ONCE):
                count += len(_approve(referrer_id, ids[at : at + AT_ONCE], SYSTEM))
    return count


@transaction.atomic
def _approve(referrer_id: int, referral_ids: Sequence[int], actor: str) -> list[int]:
    """Settle referrals of one partner, and tell of those that were approved; return which those are."""
    approved = [pk for pk in referral_ids if settle(referral_id=pk, actor=actor)]
    sums: dict[str, list[int]] = defaultdict(list)
    for currency, minor in Referral.objects.filter(pk__in=approved).values_list("currency", "earned_minor"):
        if minor:
            sums[currency].append(minor)
    customer_id = Referrer.objects.values_list("customer_id", flat=True).get(pk=referrer_id)
    for currency, amounts in sorted(sums.items()):
        publish(
            CommissionApproved(referrer_id, len(amounts), sum(amounts), currency),
            reference=f"customer:{customer_id}",
            actor=actor,
        )
    return approved


@transaction.atomic
def settle(*, referral_id: int, actor: str = SYSTEM) -> bool:
    """Give a friend's reward or approve a commission, once; False where that was done, or nothing is left of it."""
    referral = locks.lock_referral(referral_id)
    if referral.state != ReferralState.PENDING or referral.due_at is None or referral.due_at > now():
        return False
    restate(order_id=referral.order_id)
    referral.refresh_from_db()
    referrer = Referrer.objects.get(pk=referral.referrer_id)
    order = Order.objects.get(pk=referral.order_id)
    approved = _keeps_goods(order)
    if approved and referrer.kind == Kind.FRIEND:
        approved = _reward(referral, referrer, order)
    referral.state = ReferralState.APPROVED if approved else ReferralState.DECLINED
    referral.decided_by, referral.decided_at = actor, now()
    referral.save(update_fields=["state", "decided_by", "decided_at", "reward_code"])
    return approved


def _keeps_goods(order: Order) -> bool:
    if order.status == OrderStatus.CANCELLED or order.paid_at is None:
        return False
    return OrderLine.objects.filter(order=order, total_minor__gt=F("refunded_minor")).exists()


def _reward(referral: Referral, referrer: Referrer, order: Order) -> bool:
    minor = referral.promised.get(REWARD, 0)
    if minor:
        change_credit(
            customer_id=referrer.customer_id,
            amount=Money(minor, referral.currency),
            reason=StoreCreditEntry.Reason.REFERRAL,
            reference=order.reference,
            actor=SYSTEM,
            idempotency_key=f"referral:{referral.pk}",
        )
        write(referral, Entry.Reason.PAID, -minor)
        Referral.objects.filter(pk=referral.pk).update(paid_minor=F("paid_minor") + minor)
    else:
        rules = program()
        promotion_id = rules.reward_promotion_id if rules.reward == Program.Reward.COUPON else None
        if promotion_id is None or not Promotion.objects.filter(pk=promotion_id).exists():
            return False
        code = give_code(
            promotion_id=promotion_id,
            customer_id=referrer.customer_id,
            given_for=f"{REFERRAL}{referral.pk}",
            actor=SYSTEM,
        )
        if code is None:
            return False
        referral.reward_code = code.text
    publish(
        FriendRewarded(
            referral_id=referral.pk,
            order_id=order.pk,
            minor=minor,
            currency=referral.currency,
        ),
        reference=f"customer:{referrer.customer_id}",
        actor=SYSTEM,
    )
    return True


@transaction.atomic
def decide(*, referral_id: int, approve: bool, actor: str) -> Referral:
    """Let a referral count, or not. One that is held goes on to wait; one that waited is settled.

    Declined, what it earned is taken back, and what was paid for it is set off against the next payment. NotFound,
    ReferralSettled (a reward that was given stays given), NotDueYet.
    """
    referral = locks.lock_referral(referral_id)
    referrer = Referrer.objects.get(pk=referral.referrer_id)
    before = referral.state
    if approve:
        if before not in {ReferralState.HELD, ReferralState.PENDING}:
            raise ReferralSettled()
        due = referral.due_at is not None and referral.due_at <= now()
        if before == ReferralState.PENDING and not due:
            raise NotDueYet()
        referral.state = ReferralState.PENDING
    else:
        rewarded = before == ReferralState.APPROVED and referrer.kind == Kind.FRIEND
        if before == ReferralState.DECLINED or rewarded:
            raise ReferralSettled()
        referral.state = ReferralState.DECLINED
    referral.decided_by, referral.decided_at = actor, now()
    referral.save(update_fields=["state", "decided_by", "decided_at"])
    if approve and referrer.kind == Kind.PARTNER:
        _approve(referrer.pk, [referral.pk], actor)
    elif approve:
        settle(referral_id=referral.pk, actor=actor)
    else:
        restate(order_id=referral.order_id)
    referral.refresh_from_db()
    record(
        area="referrals",
        action="referral_decided",
        reference=f"order:{referral.order_id}",
        label=referrer.code,
        changes={"state": (before, referral.state)},
        actor=actor,
    )
    return referral
