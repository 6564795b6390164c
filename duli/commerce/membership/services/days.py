"""What the days bring: points run out, tiers are reached or lost without anybody buying anything."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Min, Sum

from duli.base.clock import now
from duli.commerce.customers.birthdays import LATE
from duli.commerce.customers.models import Customer
from duli.commerce.customers.selectors import born_between
from duli.commerce.membership import locks
from duli.commerce.membership.events import PointsEnding
from duli.commerce.membership.models import Lot, Member, PointsEntry
from duli.commerce.membership.selectors import measured, program, tier_rows
from duli.commerce.membership.services import ledger
from duli.commerce.membership.services.members import assess
from duli.commerce.membership.services.points import give_birthday_points
from duli.platform.events.services import publish
from duli.platform.store.days import day_of

A_TIME = 500


def end_points(*, limit: int = 2000) -> int:
    """Write down points that ran out; return how many. They could not be spent any more since that second."""
    due = Lot.objects.filter(left__gt=0, expires_at__lte=now())
    gone = 0
    for customer_id in list(due.order_by().values_list("customer_id", flat=True).distinct()[:limit]):
        with transaction.atomic():
            member = locks.lock_member(customer_id)
            lots = list(Lot.objects.filter(customer_id=customer_id, left__gt=0, expires_at__lte=now()).order_by("pk"))
            points = sum(lot.left for lot in lots)
            if points:
                ledger.take(
                    member,
                    lots,
                    points,
                    kind=PointsEntry.Kind.EXPIRED,
                    reference=f"customer:{customer_id}",
                    actor="system",
                )
                gone += points
    return gone


def tell_of_endings(*, limit: int = 2000) -> int:
    """Tell members once of points that run out within the days of notice; return how many are told."""
    rules, instant = program(), now()
    if not rules.has_points or not rules.notice_days:
        return 0
    soon = Lot.objects.filter(
        left__gt=0, noticed_at__isnull=True, expires_at__gt=instant, available_at__lte=instant,
        expires_at__lte=instant + timedelta(days=rules.notice_days),
    )  # fmt: skip
    told = 0
    for customer_id in list(soon.order_by().values_list("customer_id", flat=True).distinct()[:limit]):
        with transaction.atomic():
            locks.lock_member(customer_id)
            lots = soon.filter(customer_id=customer_id)
            found = lots.aggregate(points=Sum("left"), first=Min("expires_at"))
            if not found["points"]:
                continue
            Lot.objects.filter(pk__in=list(lots.values_list("pk", flat=True))).update(noticed_at=instant)
            publish(
                PointsEnding(customer_id, found["points"], found["first"].isoformat()),
                reference=f"customer:{customer_id}",
                actor="system",
            )
            told += 1
    return told


def birthdays() -> int:
    """Give everybody who has a birthday today, or had it while nothing ran, the points for it; return to how many."""
    if not (program().has_points and program().birthday_points):
        return 0
    today, given, after = day_of(now()), 0, 0
    while born := born_between(today - timedelta(days=LATE), today, after=after, limit=A_TIME):
        after = max(born)
        given += sum(bool(give_birthday_points(customer_id=pk, day=day)) for pk, day in born.items())
    return given


def assess_all() -> int:
    """Assess everybody whose tier may be another one today; return how many were looked at closely.

    What counts is read for many at once; only whose tier does not fit is locked.
    """
    rules = program()
    if not rules.has_tiers:
        return 0
    rows, looked, last = tier_rows(), 0, 0
    while True:
        people = Customer.objects.filter(user__isnull=False, merged_into__isnull=True, erased_at__isnull=True)
        ids = list(people.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:A_TIME])
        if not ids:
            return looked
        last = ids[-1]
        values = measured(ids, rules, now())
        known = {row.pk: row for row in Member.objects.filter(pk__in=ids)}
        for pk in ids:
            target = next((row.pk for row in reversed(rows) if row.threshold <= values[pk]), None)
            member = known.get(pk)
            if member is None and target is None:
                continue
            if member and member.tier_id == target and member.below_since is None and not member.set_by_hand:
                continue
            assess(customer_id=pk)
            looked += 1
