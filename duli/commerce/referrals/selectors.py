"""Named reads of referrals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db.models import Count, F, Q, QuerySet, Sum

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import is_token
from duli.base.money import Money
from duli.commerce.customers.models import Customer
from duli.commerce.referrals.models import (
    Clicks,
    Commission,
    Entry,
    Payout,
    PayoutBatch,
    Program,
    Referral,
    Referrer,
    Visit,
)
from duli.commerce.referrals.states import Kind, ReferralState, ReferrerState
from duli.commerce.referrals.types import Earned, NoReferrals, ReferralRow
from duli.platform.store.changes import ChangeCache

TOPIC = "referrals"
PAGE = 50
SETTLED = (ReferralState.APPROVED, ReferralState.DECLINED)

_programs: ChangeCache[Program] = ChangeCache(1)


def program() -> Program:
    """Return the rules as they are; those of a shop that never set any are off. No query while they are known."""
    return _programs.get_or_make("program", stored_program, [TOPIC])


def stored_program() -> Program:
    """Return the rules as the database has them at this moment, for whoever changes them (one query)."""
    return Program.objects.filter(pk=1).first() or Program(pk=1)


def commissions() -> dict[str, int]:
    """Return the points of goods that have a commission of their own, by facet."""
    return dict(Commission.objects.values_list("facet", "points"))


def is_on(kind: str) -> bool:
    return program().friends_on if kind == Kind.FRIEND else program().partners_on


def referrer_of_code(code: str) -> Referrer:
    """Return who a link belongs to, if it counts now. NoReferrals."""
    found = None
    if is_token(code) and len(code) <= 20:
        found = Referrer.objects.select_related("customer").filter(code=code.lower()).first()
    if found is None or found.state != ReferrerState.ACTIVE or not is_on(found.kind):
        raise NoReferrals()
    return found


def referrer_of(customer_id: int, kind: str) -> Referrer | None:
    return Referrer.objects.filter(customer_id=customer_id, kind=kind).first()


def live_visit(visit_id: int) -> Visit | None:
    """Return a visit that still counts: within the time, of somebody who still takes part (one query)."""
    found = _visits().select_related("referrer").filter(pk=visit_id).first()
    return found if found is not None and is_on(found.referrer.kind) else None


def carried(visit_id: int) -> Visit | None:
    """Return a visit with whoever it is credited to, as a cart shows it; None if it counts no more (one query)."""
    found = _visits().select_related("referrer__customer").filter(pk=visit_id).first()
    return found if found is not None and is_on(found.referrer.kind) else None


def name_of(referrer: Referrer) -> str:
    """Return what buyers read of who recommends: of a friend the first name is enough; partners are known by theirs."""
    name = referrer.customer.name.strip()
    return (name.split(" ")[0] if referrer.kind == Kind.FRIEND else name)[:40]


def _visits() -> QuerySet[Visit]:
    since = now() - timedelta(days=program().window_days)
    return Visit.objects.filter(visited_at__gt=since, referrer__state=ReferrerState.ACTIVE)


def came_by(visit_id: int, *, customer_id: int | None, email: str, phone: str) -> str:
    """Return by whose link a buyer came, "friend" or "partner"; "" for nobody's, and for one's own (two queries)."""
    visit = live_visit(visit_id)
    if visit is None:
        return ""
    own = Q(pk=visit.referrer.customer_id) | Q(merged_into=visit.referrer.customer_id)
    same = Q(pk=customer_id or 0)
    if email:
        same |= Q(email=email.lower())
    if phone:
        same |= Q(phone=phone)
    return "" if Customer.objects.filter(own).filter(same).exists() else visit.referrer.kind


def earned_by(referrer: Referrer) -> list[Earned]:
    """Return what a partner's orders brought by currency, summed from the entries (one query)."""
    live = Q(state__in=[ReferralState.PENDING, ReferralState.HELD])
    rows = (
        Referral.objects.filter(referrer=referrer)
        .order_by("currency")
        .values_list("currency")
        .annotate(
            waiting=Sum("entries__amount_minor", filter=live, default=0),
            approved=Sum("entries__amount_minor", filter=Q(state__in=SETTLED), default=0),
            paid=Sum("entries__amount_minor", filter=Q(entries__reason="paid"), default=0),
        )
    )
    return [
        Earned(currency, Money(waiting, currency), Money(approved, currency), Money(-paid, currency))
        for currency, waiting, approved, paid in rows
    ]


def rows_of(referrer: Referrer, *, limit: int = PAGE) -> list[ReferralRow]:
    """Return the newest orders that came by somebody (one query)."""
    rows = Referral.objects.filter(referrer=referrer).select_related("order").order_by("-pk")[:limit]
    return [
        ReferralRow(row.order.placed_at, row.state, Money(row.earned_minor, row.currency), row.reward_code)
        for row in rows
    ]


def clicks_of(referrer_ids: Iterable[int]) -> dict[int, int]:
    """Return how often the links of these were opened (one query)."""
    rows = Clicks.objects.filter(referrer_id__in=list(referrer_ids)).order_by().values_list("referrer_id")
    return dict(rows.annotate(sum=Sum("count")))


def orders_of(referrer_ids: Iterable[int]) -> dict[int, int]:
    """Return how many orders came by these (one query)."""
    rows = Referral.objects.filter(referrer_id__in=list(referrer_ids)).order_by().values_list("referrer_id")
    return dict(rows.annotate(count=Count("pk")))


def referrals(*, state: str = "", kind: str = "", referrer_id: int | None = None) -> QuerySet[Referral]:
    """Return referred orders, newest first; `state` may also be "payable": approved, and something is owed."""
    rows = Referral.objects.select_related("order", "referrer__customer").order_by("-pk")
    if state == "payable":
        rows = payable()
    elif state in ReferralState.values:
        rows = rows.filter(state=state)
    if kind in Kind.values:
        rows = rows.filter(referrer__kind=kind)
    return rows.filter(referrer_id=referrer_id) if referrer_id else rows


def payable() -> QuerySet[Referral]:
    """Return partners' approved referrals of which something is to be paid, or to be set off."""
    rows = Referral.objects.select_related("order", "referrer__customer").order_by("-pk")
    return rows.filter(state__in=SETTLED, referrer__kind=Kind.PARTNER).exclude(earned_minor=F("paid_minor"))


def owed_by_currency() -> list[Money]:
    """Return what a batch would pay now by currency: partners who owe the shop are left out (one query)."""
    sums: dict[str, int] = {}
    for (_referrer, currency), minor in owed().items():
        if minor > 0:
            sums[currency] = sums.get(currency, 0) + minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def owed() -> Mapping[tuple[int, str], int]:
    """Return what each partner is owed by currency, below zero where a partner owes the shop (one query)."""
    rows = payable().order_by().values_list("referrer_id", "currency")
    return {
        (referrer, currency): earned - paid
        for referrer, currency, earned, paid in rows.annotate(earned=Sum("earned_minor"), paid=Sum("paid_minor"))
    }


def count_held() -> int:
    return Referral.objects.filter(state=ReferralState.HELD).count()


def referrers(*, kind: str, state: str = "", query: str = "") -> QuerySet[Referrer]:
    """Return who refers, newest first."""
    rows = Referrer.objects.select_related("customer").filter(kind=kind).order_by("-pk")
    if state in ReferrerState.values:
        rows = rows.filter(state=state)
    if query:
        words = query[:100]
        rows = rows.filter(
            Q(code=words.lower()) | Q(customer__name__icontains=words) | Q(customer__email__icontains=words)
        )
    return rows


def referrer_by_id(referrer_id: int, *, kind: str = "") -> Referrer:
    """Return who refers (in this way). NotFound."""
    rows = Referrer.objects.select_related("customer").filter(pk=referrer_id)
    found = (rows.filter(kind=kind) if kind else rows).first()
    if found is None:
        raise NotFound()
    return found


def referral_by_id(referral_id: int) -> Referral:
    """NotFound."""
    found = Referral.objects.select_related("order", "referrer__customer").filter(pk=referral_id).first()
    if found is None:
        raise NotFound()
    return found


def batch_by_id(batch_id: int) -> PayoutBatch:
    """NotFound."""
    found = PayoutBatch.objects.filter(pk=batch_id).first()
    if found is None:
        raise NotFound()
    return found


def batches(limit: int = PAGE) -> list[tuple[PayoutBatch, int, Money]]:
    """Return the newest batches with how many partners they paid and how much (one query)."""
    rows = PayoutBatch.objects.annotate(count=Count("payouts"), sum=Sum("payouts__amount_minor", default=0))
    return [(row, row.count, Money(row.sum, row.currency)) for row in rows.order_by("-pk")[:limit]]


def payouts_of(batch_id: int) -> QuerySet[Payout]:
    return Payout.objects.filter(batch_id=batch_id).select_related("referrer__customer", "batch").order_by("pk")


def differences() -> list[Referral]:
    """Return referrals whose kept sums are not what their entries say; an empty list is right (one query)."""
    paid = Q(entries__reason=Entry.Reason.PAID)
    rows = Referral.objects.select_related("order").annotate(
        told_earned=Sum("entries__amount_minor", filter=~paid, default=0),
        told_paid=-Sum("entries__amount_minor", filter=paid, default=0),
    )
    return list(rows.exclude(earned_minor=F("told_earned"), paid_minor=F("told_paid")).order_by("pk"))
