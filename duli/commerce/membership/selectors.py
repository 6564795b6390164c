"""Named reads of members, tiers and points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.customers.models import Customer
from duli.commerce.membership.models import Lot, Member, PointsEntry, Program, Redemption, Tier, TierChange
from duli.commerce.membership.rules import ProgramRules, earned
from duli.commerce.membership.types import Ending, EntryView, Standing, TierView
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.commerce.pricing.selectors import in_own_currency
from duli.platform.store.changes import ChangeCache

TOPIC = "membership"
MARK = "tier:"
"""How groups of customers call a tier: "tier:3"."""
MOST_LISTED = 50

_programs: ChangeCache[ProgramRules] = ChangeCache(1)
_tiers: ChangeCache[tuple[Tier, ...]] = ChangeCache(1)


def program() -> ProgramRules:
    """Return the rules as they stand: from memory until they change."""
    return _programs.get_or_make("program", _read_program, [TOPIC])


def _read_program() -> ProgramRules:
    row = Program.objects.filter(pk=1).first()
    if row is None:
        return ProgramRules()
    return ProgramRules(**{field.name: getattr(row, field.name) for field in fields(ProgramRules)})


def is_running() -> bool:
    """Say whether anybody earns or reaches anything."""
    rules = program()
    return rules.has_points or rules.has_tiers


def has_points() -> bool:
    return program().has_points


def tier_rows() -> tuple[Tier, ...]:
    """Return the tiers, the lowest first: from memory until they change."""
    return _tiers.get_or_make("tiers", lambda: tuple(Tier.objects.all()), [TOPIC])


def tier_by_id(tier_id: int) -> Tier:
    """NotFound."""
    found = Tier.objects.filter(pk=tier_id).first()
    if found is None:
        raise NotFound()
    return found


def tier_view(row: Tier, language: str) -> TierView:
    """Return a tier in words of `language`; where a text is missing there, in the store's own."""
    benefits = row.benefits_by_language.get(language) or row.benefits
    return TierView(
        id=row.pk,
        name=row.names.get(language) or row.name,
        threshold=row.threshold,
        points_percent=row.points_percent,
        benefits=tuple(line.strip() for line in benefits.splitlines() if line.strip()),
    )


def tier_views(language: str) -> list[TierView]:
    """Return every tier, the lowest first; none while the program has none."""
    return [tier_view(row, language) for row in tier_rows()] if program().has_tiers else []


def member_counts() -> dict[int, int]:
    """Return how many members each tier has (one query)."""
    rows = Member.objects.filter(tier__isnull=False).order_by().values_list("tier_id").annotate(number=Count("pk"))
    return {int(tier_id): number for tier_id, number in rows}


def tier_groups(customer_id: int) -> list[str]:
    """Return the group of a customer's tier, as promotions and payment rules may name it; no query without tiers."""
    if not program().has_tiers or not tier_rows():
        return []
    found = Member.objects.filter(pk=customer_id, tier__isnull=False).values_list("tier_id", flat=True).first()
    return [f"{MARK}{found}"] if found else []


def tier_groups_of_many(customer_ids: Iterable[int]) -> dict[int, list[str]]:
    """As `tier_groups`, of many customers (one query, or none without tiers)."""
    if not program().has_tiers or not tier_rows():
        return {}
    rows = Member.objects.filter(pk__in=list(customer_ids), tier__isnull=False).values_list("pk", "tier_id")
    return {pk: [f"{MARK}{tier_id}"] for pk, tier_id in rows}


def tier_of_group(group: str, language: str) -> str:
    """Return what the tier is called that a group names ("tier:3"); "" if the group is none, or it is gone."""
    number = group.removeprefix(MARK)
    if number == group or not number.isdigit():
        return ""
    return next((tier_view(row, language).name for row in tier_rows() if row.pk == int(number)), "")


def measured(customer_ids: Sequence[int], rules: ProgramRules, at: datetime) -> dict[int, int]:
    """Return what counts for a tier: paid less refunded in the store's own currency, or orders that were paid and of
    which something was kept.

    Orders that were paid by then, those in other currencies by today's rate; cancelled ones and tests not at all (one
    query).
    """
    rows = Order.objects.filter(customer_id__in=customer_ids, paid_at__lte=at, merged_into__isnull=True)
    rows = rows.exclude(status=OrderStatus.CANCELLED).exclude(source=TEST_SOURCE)
    if rules.window_days:
        rows = rows.filter(paid_at__gt=at - timedelta(days=rules.window_days))
    found: dict[int, int] = dict.fromkeys(customer_ids, 0)
    kept = OrderLine.objects.filter(order=OuterRef("pk"), quantity__gt=F("refunded_quantity"))
    counts = Q(origin__isnull=True) & Q(Exists(kept))
    sums = rows.order_by().values_list("customer_id", "currency").annotate(
        spent=Sum("total_minor"), back=Sum("refunded_minor"), number=Count("pk", filter=counts)
    )  # fmt: skip
    for customer_id, currency, spent, back, number in sums:
        if customer_id is None:
            continue
        paid = (
            number if rules.measure == Program.Measure.ORDERS else in_own_currency(Money(spent - back, currency)).minor
        )
        found[customer_id] += paid
    return found


def open_lots(customer_id: int, at: datetime) -> QuerySet[Lot]:
    """Return lots that may be spent then, those that run out first before the others."""
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    rows = Lot.objects.filter(alive, customer_id=customer_id, left__gt=0, available_at__lte=at)
    return rows.order_by(*_OLDEST)


_OLDEST = ("expires_at", "pk")


def available_points(customer_id: int) -> int:
    """Return how many points a customer may spend now (one query)."""
    return open_lots(customer_id, now()).order_by().aggregate(sum=Sum("left"))["sum"] or 0


def standing_of(customer_id: int, language: str) -> Standing:
    """Return where a customer is in the program, for the member's own page and for staff (four queries)."""
    rules, instant = program(), now()
    member = Member.objects.filter(pk=customer_id).first() or Member(customer_id=customer_id)
    rows = list(tier_rows()) if rules.has_tiers else []
    own = next((row for row in rows if row.pk == member.tier_id), None)
    value = measured([customer_id], rules, instant)[customer_id] if rows else 0
    above = [row for row in rows if row.threshold > (own.threshold if own else -1)]
    goal = next((row for row in above if row.threshold > value), None)
    lots = list(Lot.objects.filter(customer_id=customer_id, left__gt=0).order_by(*_OLDEST))
    alive = [lot for lot in lots if lot.expires_at is None or lot.expires_at > instant]
    ready = [lot for lot in alive if lot.available_at is not None and lot.available_at <= instant]
    ends: dict[datetime, int] = {}
    for lot in ready:
        if lot.expires_at is not None:
            ends[lot.expires_at] = ends.get(lot.expires_at, 0) + lot.left
    leaves = member.below_since + timedelta(days=rules.grace_days) if member.below_since and own else None
    return Standing(
        customer_id=customer_id,
        tier=tier_view(own, language) if own else None,
        next_tier=tier_view(goal, language) if goal else None,
        measure=rules.measure,
        window_days=rules.window_days,
        value=value,
        missing=max(0, goal.threshold - value) if goal else 0,
        progress=min(100, value * 100 // goal.threshold) if goal and goal.threshold else 100,
        kept_until=member.kept_until if member.set_by_hand else None,
        set_by_hand=member.set_by_hand,
        leaves_at=leaves,
        available=sum(lot.left for lot in ready),
        pending=sum(lot.left for lot in alive) - sum(lot.left for lot in ready),
        owed=member.owed,
        endings=tuple(Ending(points, at) for at, points in sorted(ends.items())),
        program=rules,
    )


def entries_of(customer_id: int, *, after: int = 0, limit: int = MOST_LISTED) -> list[EntryView]:
    """Return a customer's history of points, newest first; `after` is the key of the last one seen."""
    rows = PointsEntry.objects.filter(customer_id=customer_id)
    if after:
        rows = rows.filter(pk__lt=after)
    return [
        EntryView(row.pk, row.kind, row.change, row.owed, row.reference, row.note, row.actor, row.created_at)
        for row in rows.order_by("-pk")[:limit]
    ]


def tier_history(customer_id: int, *, limit: int = MOST_LISTED) -> list[TierChange]:
    return list(TierChange.objects.filter(customer_id=customer_id)[:limit])


def points_of_order(order_id: int) -> tuple[int, int, int, bool]:
    """Return (earned, spent, of those given back, whether all that was earned may be spent already)."""
    reference = f"order:{order_id}"
    kinds = [PointsEntry.Kind.EARNED, PointsEntry.Kind.TAKEN_BACK]
    got = PointsEntry.objects.filter(reference=reference, kind__in=kinds).aggregate(sum=Sum("change"))["sum"] or 0
    spent, back = Redemption.objects.filter(pk=order_id).values_list("points", "returned").first() or (0, 0)
    later = Q(available_at__isnull=True) | Q(available_at__gt=now())
    waits = got > 0 and Lot.objects.filter(later, reference=reference, left__gt=0).exists()
    return got, spent, back, not waits


def order_numbers(references: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return (number, token) of the orders that entries name ("order:3"), in one query."""
    ids = [int(text.removeprefix("order:")) for text in references if text.startswith("order:")]
    rows = Order.objects.filter(pk__in=ids).values_list("pk", "number", "token") if ids else ()
    return {f"order:{pk}": (number or "", token) for pk, number, token in rows}


def earns(goods: Money, *, tier_percent: int = 100) -> int:
    """Return what goods at this price would earn somebody who pays them now, without what every order earns."""
    rules = program()
    if not rules.has_points:
        return 0
    rule = rules.rule_for(tier_percent, now())
    return max(0, earned(in_own_currency(goods).minor, rule) - rule.bonus) if goods.minor else 0


def weighed(paid: Mapping[int, Money]) -> int:
    """Return what was paid, by the per cent of points that it earns, as the sum that earns as much at a hundred.

    Minor units of the store's own currency.
    """
    return sum(in_own_currency(money).minor * percent for percent, money in paid.items()) // 100


def tier_row_of(customer_id: int | None) -> Tier | None:
    """Return the tier of a customer, if they and the program have any (one query, or none)."""
    if customer_id is None or not program().has_tiers:
        return None
    tier_id = Member.objects.filter(pk=customer_id).values_list("tier_id", flat=True).first()
    return next((row for row in tier_rows() if row.pk == tier_id), None)


def members(*, tier: str = "", query: str = "", with_points: bool = False) -> QuerySet[Member]:
    """Return members for a list, those with the most points first. `tier` is a key, or "none"."""
    rows = Member.objects.select_related("customer", "tier").filter(customer__merged_into__isnull=True)
    if tier == "none":
        rows = rows.filter(tier__isnull=True)
    elif tier.isascii() and tier.isdigit() and len(tier) < 10:
        rows = rows.filter(tier_id=int(tier))
    if with_points:
        rows = rows.filter(points__gt=0)
    if query.strip():
        from duli.commerce.customers.selectors import matching

        rows = rows.filter(customer__in=matching(query).values("pk"))
    return rows.order_by("-points", "-customer_id")


def differences() -> list[dict[str, Any]]:
    """Return every place where a kept sum is not what the entries say; an empty list is right."""
    wrong: list[dict[str, Any]] = []
    by_customer = {
        row["customer_id"]: (row["points"] or 0, row["due"] or 0)
        for row in PointsEntry.objects.order_by().values("customer_id").annotate(points=Sum("change"), due=Sum("owed"))
    }
    for pk, points, owed in Member.objects.values_list("customer_id", "points", "owed"):
        told = by_customer.pop(pk, (0, 0))
        if told != (points, owed):
            wrong.append({"member": pk, "kept": (points, owed), "entries": told})
    wrong += [{"member": pk, "kept": None, "entries": told} for pk, told in by_customer.items() if told != (0, 0)]
    sums = dict(PointsEntry.objects.filter(lot__isnull=False).order_by().values_list("lot_id").annotate(Sum("change")))
    wrong += [
        {"lot": pk, "kept": left, "entries": sums.get(pk, 0)}
        for pk, left in Lot.objects.values_list("pk", "left")
        if sums.get(pk, 0) != left
    ]
    return wrong


def customer_is_member(customer_id: int) -> bool:
    """Say whether a customer has an account: points and tiers are for those."""
    return Customer.objects.filter(pk=customer_id, user__isnull=False, erased_at__isnull=True).exists()
