"""Points that come and go without an order."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.customers.birthdays import AGAIN
from duli.commerce.customers.services import customer_for_user
from duli.commerce.membership import locks
from duli.commerce.membership.events import PointsAdjusted
from duli.commerce.membership.models import Lot, PointsEntry
from duli.commerce.membership.rules import MOST_POINTS
from duli.commerce.membership.selectors import customer_is_member, open_lots, program
from duli.commerce.membership.services import ledger
from duli.commerce.membership.services.members import assess
from duli.commerce.membership.types import NoMember, NotEnoughPoints
from duli.platform.accounts.models import User
from duli.platform.audit import services as audit
from duli.platform.events.services import publish

LEAST_LIFE = timedelta(days=30)
"""Points that come back may be spent so long at least, however old they were."""


@transaction.atomic
def adjust_points(*, customer_id: int, points: int, note: str, actor: str, idempotency_key: str) -> int:
    """Give points, or take some (`points` below zero), and say why; return how many there are now.

    The same key again changes nothing. Given ones may be spent at once and run out as earned ones do; taken are those
    that run out first, pending ones last. Raises NoMember, InvalidInput (no reason, none or too many points),
    NotEnoughPoints.
    """
    reason = one_line(note, 255).strip()
    if not reason or "\x00" in reason:
        raise InvalidInput(field="reason")
    if not 0 < abs(points) <= MOST_POINTS:
        raise InvalidInput(field="points")
    if not customer_is_member(customer_id):
        raise NoMember()
    key = f"adjust:{customer_id}:{idempotency_key}"[:120]
    member = locks.lock_member(customer_id)
    if PointsEntry.objects.filter(idempotency_key=key).exists():
        return member.points
    reference, instant = f"customer:{customer_id}", now()
    before = member.points
    if points > 0:
        ledger.give(
            member,
            kind=PointsEntry.Kind.ADJUSTED,
            points=points,
            available_at=instant,
            expires_at=program().expiry_of(instant),
            reference=reference,
            actor=actor,
            note=reason,
            key=key,
        )
    else:
        if member.points < -points:
            raise NotEnoughPoints(points=member.points)
        lots = list(open_lots(customer_id, instant))
        known = [lot.pk for lot in lots]
        lots += Lot.objects.filter(customer_id=customer_id, left__gt=0).exclude(pk__in=known).order_by("pk")
        ledger.take(
            member,
            lots,
            -points,
            kind=PointsEntry.Kind.ADJUSTED,
            reference=reference,
            actor=actor,
            note=reason,
            key=key,
        )
    audit.record(
        area="membership",
        action="points_adjusted",
        reference=reference,
        changes={"points": (before, member.points), "reason": (None, reason)},
        actor=actor,
    )
    publish(PointsAdjusted(customer_id, points, reason), reference=reference, actor=actor)
    return member.points


@transaction.atomic
def welcome(*, user_id: int) -> int:
    """Make an account that has proved an address a member: with the points of welcome, once, and the first tier.

    Return how many points it got; none for staff and for who may not sign in.
    """
    user = User.objects.filter(pk=user_id, is_active=True, is_staff=False).first()
    if user is None:
        return 0
    customer = customer_for_user(
        user_id=user.pk, name=user.name, email=user.email or "", phone=user.phone or "", language=user.language
    )
    assess(customer_id=customer.pk)
    points = program().welcome_points if program().has_points else 0
    if not points or customer.erased_at:
        return 0
    key = f"welcome:{user_id}"
    member = locks.lock_member(customer.pk)
    if PointsEntry.objects.filter(idempotency_key=key).exists():
        return 0
    instant = now()
    ledger.give(
        member,
        kind=PointsEntry.Kind.WELCOME,
        points=points,
        available_at=instant,
        expires_at=program().expiry_of(instant),
        reference=f"customer:{customer.pk}",
        actor="system",
        key=key,
    )
    return points


@transaction.atomic
def give_birthday_points(*, customer_id: int, day: date) -> int:
    """Give a member the points of a birthday that is kept on `day`: once, and never twice within eleven months.

    Return how many came. What `days.birthdays` calls for everybody.
    """
    points = program().birthday_points if program().has_points else 0
    if not points or not customer_is_member(customer_id):
        return 0
    member = locks.lock_member(customer_id)
    kind, instant = PointsEntry.Kind.BIRTHDAY, now()
    if PointsEntry.objects.filter(customer_id=customer_id, kind=kind, created_at__gt=instant - AGAIN).exists():
        return 0
    ledger.give(
        member,
        kind=kind,
        points=points,
        available_at=instant,
        expires_at=program().expiry_of(instant),
        reference=f"customer:{customer_id}",
        actor="system",
        key=f"birthday:{day.year}:{customer_id}",
    )
    return points
