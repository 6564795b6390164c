"""An order came by a referrer: who is credited, what is promised, and what of that the order still earns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction

from django.db import transaction
from django.db.models import Sum

from duli.base.clock import now
from duli.base.money import Money
from duli.base.rounding import round_units
from duli.commerce.orders.models import Order, OrderLine, OrderRefund
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.commerce.pricing.selectors import in_own_currency
from duli.commerce.promotions.selectors import facets_of
from duli.commerce.referrals import checks, locks
from duli.commerce.referrals.models import Entry, Program, Referral, Referrer
from duli.commerce.referrals.selectors import commissions, live_visit, program
from duli.commerce.referrals.states import REWARD, Kind, ReferralState
from duli.platform.store.selectors import current_store

WHOLE = 10_000
NARROWEST = ("variant", "product", "collection", "category", "brand", "tag")
"""Which facet's commission counts where several do; of like ones the higher."""


@transaction.atomic
def attribute(*, order: Order, visit_id: int) -> Referral | None:
    """Credit an order to the link that was followed last, once, in the caller's transaction.

    Nobody is credited for a visit that counts no more, for a test, or for a friend's order below the least sum. What
    looks odd is held for staff. What is promised is what the rules say now.
    """
    visit = live_visit(visit_id)
    if visit is None or order.source == TEST_SOURCE:
        return None
    rules, referrer = program(), visit.referrer
    lines = list(OrderLine.objects.filter(order=order, is_gift_card=False))
    promised, currency = _promised(order, lines, referrer, rules)
    if not promised and not (referrer.kind == Kind.FRIEND and rules.reward == Program.Reward.COUPON):
        return None
    if referrer.kind == Kind.FRIEND and _goods(order, lines) < rules.least_minor:
        return None
    odd = checks.found_at_order(order, referrer, visit, rules)
    referral, _made = Referral.objects.get_or_create(
        order=order,
        defaults={
            "referrer": referrer,
            "state": ReferralState.HELD if odd else ReferralState.PENDING,
            "checks": odd,
            "currency": currency,
            "promised": promised,
            "created_at": now(),
        },
    )
    return referral


def _goods(order: Order, lines: list[OrderLine]) -> int:
    return in_own_currency(Money(sum(line.total_minor for line in lines), order.currency)).minor


def _promised(order: Order, lines: list[OrderLine], referrer: Referrer, rules: Program) -> tuple[dict[str, int], str]:
    """Return minor units by order line, or the reward as a whole, with their currency."""
    if referrer.kind == Kind.FRIEND:
        own = current_store().default_currency
        credit = rules.reward_minor if rules.reward == Program.Reward.CREDIT else 0
        return ({REWARD: credit} if credit else {}), own
    special = commissions() if referrer.points is None else {}
    facets = facets_of(line.product_id for line in lines if line.product_id) if special else {}
    found = {}
    for line in lines:
        points = rules.commission_points if referrer.points is None else referrer.points
        if special:
            known = {*facets.get(line.product_id or 0, ()), f"variant:{line.variant_id}"}
            points = _narrowest(special, known, points)
        # Taxes are the state's: a commission is reckoned on what the shop keeps.
        minor = _share(line.total_minor - line.tax_minor, points, WHOLE)
        if minor:
            found[str(line.pk)] = minor
    return found, order.currency


def _share(minor: int, part: int, whole: int) -> int:
    return round_units(Fraction(minor * part, whole))


def _narrowest(special: Mapping[str, int], known: set[str], otherwise: int) -> int:
    for kind in NARROWEST:
        fitting = [special[facet] for facet in known if facet in special and facet.startswith(f"{kind}:")]
        if fitting:
            return max(fitting)
    return otherwise


@transaction.atomic
def restate(*, order_id: int) -> Referral | None:
    """Append what an order earns more or less than is written; asked for again it writes nothing.

    Nothing before it is paid and nothing where it is cancelled or declined. Of what came back the commission goes back
    in proportion, line by line; goodwill lowers all lines alike. A friend's reward is whole or not at all.
    """
    order = Order.objects.filter(pk=order_id).first()
    referral = locks.lock_referral_of(order_id)
    if order is None or referral is None:
        return None
    referrer = Referrer.objects.get(pk=referral.referrer_id)
    if order.paid_at is not None and referral.due_at is None:
        referral.due_at = order.paid_at + timedelta(days=program().wait_days)
        if referral.state == ReferralState.PENDING and (found := _odd_when_paid(order, referral, referrer)):
            referral.checks = [*referral.checks, *found]
            referral.state = ReferralState.HELD
        referral.save(update_fields=["due_at", "checks", "state"])
    change = _earns(order, referral) - referral.earned_minor
    # What a friend's reward was spent on is not asked for again: it is credit or a code in somebody's hands.
    if change and not (referrer.kind == Kind.FRIEND and referral.state == ReferralState.APPROVED):
        write(referral, Entry.Reason.EARNED if change > 0 else Entry.Reason.TAKEN_BACK, change)
        referral.earned_minor += change
        referral.save(update_fields=["earned_minor"])
    return referral


def _odd_when_paid(order: Order, referral: Referral, referrer: Referrer) -> list[str]:
    """Return what looks odd by now. Two orders placed at one instant saw nothing of each other; the later one is not
    the friend's first."""
    found = ["same_card"] if checks.same_card(order, referrer) else []
    if referrer.kind == Kind.FRIEND and "not_first" not in referral.checks and checks.ordered_before(order):
        found.append("not_first")
    return found


def write(referral: Referral, reason: str, minor: int) -> None:
    Entry.objects.create(referral=referral, reason=reason, amount_minor=minor, created_at=now())


def _earns(order: Order, referral: Referral) -> int:
    if order.paid_at is None or order.status == OrderStatus.CANCELLED or referral.state == ReferralState.DECLINED:
        return 0
    lines = {str(line.pk): line for line in OrderLine.objects.filter(order=order)}
    if REWARD in referral.promised:
        return (
            referral.promised[REWARD] if any(line.total_minor > line.refunded_minor for line in lines.values()) else 0
        )
    earned = whole = 0
    for key, minor in referral.promised.items():
        line = lines.get(key)
        if line is not None and line.total_minor:
            kept = line.total_minor - line.refunded_minor
            earned += _share(minor, kept, line.total_minor)
            whole += kept
    goodwill = OrderRefund.objects.filter(order=order, adjustment_minor__gt=0).aggregate(sum=Sum("adjustment_minor"))
    off = min(goodwill["sum"] or 0, whole)
    return _share(earned, whole - off, whole) if off else earned
