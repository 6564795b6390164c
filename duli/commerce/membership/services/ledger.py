"""The only writers of lots and entries; whoever calls them holds the member's lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from duli.base.clock import now
from duli.base.text import one_line
from duli.commerce.membership.models import Lot, Member, PointsEntry

Kind = PointsEntry.Kind


def give(
    member: Member,
    *,
    kind: str,
    points: int,
    available_at: datetime | None,
    expires_at: datetime | None,
    reference: str,
    actor: str,
    note: str = "",
    key: str = "",
) -> Lot:
    """Write a lot of points that came, and let it settle what is owed."""
    lot = Lot.objects.create(
        customer_id=member.pk,
        points=points,
        left=points,
        reference=reference[:60],
        available_at=available_at,
        expires_at=expires_at,
        created_at=now(),
    )
    _write(member, lot, kind, points, 0, reference, actor, note, key)
    settles = min(points, member.owed)
    if settles:
        lot.left -= settles
        _write(member, lot, Kind.SETTLED, -settles, -settles, reference, actor)
    lot.save(update_fields=["left"])
    _keep(member)
    return lot


def take(
    member: Member,
    lots: Iterable[Lot],
    points: int,
    *,
    kind: str,
    reference: str,
    actor: str,
    note: str = "",
    key: str = "",
) -> int:
    """Take points from these lots, in their order; return how many were there to be taken."""
    missing = points
    for lot in lots:
        part = min(missing, lot.left)
        if part <= 0:
            continue
        lot.left -= part
        lot.save(update_fields=["left"])
        _write(member, lot, kind, -part, 0, reference, actor, note, key)
        key = ""
        missing -= part
        if not missing:
            break
    _keep(member)
    return points - missing


def owe(member: Member, points: int, *, reference: str, actor: str) -> None:
    """Write down what should have been taken back and was not there."""
    _write(member, None, Kind.OWED, 0, points, reference, actor)
    _keep(member)


def _write(
    member: Member,
    lot: Lot | None,
    kind: str,
    change: int,
    owed: int,
    reference: str,
    actor: str,
    note: str = "",
    key: str = "",
) -> None:
    PointsEntry.objects.create(
        customer_id=member.pk,
        lot=lot,
        kind=kind,
        change=change,
        owed=owed,
        reference=reference[:60],
        note=one_line(note, 255),
        actor=actor[:80],
        idempotency_key=key[:120],
        created_at=now(),
    )
    member.points += change
    member.owed += owed


def _keep(member: Member) -> None:
    member.save(update_fields=["points", "owed"])
