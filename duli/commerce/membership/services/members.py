"""Who is in which tier, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.membership import locks
from duli.commerce.membership.events import TierChanged
from duli.commerce.membership.models import Member, Tier, TierChange
from duli.commerce.membership.selectors import customer_is_member, measured, program, tier_by_id, tier_rows
from duli.commerce.membership.types import NoMember
from duli.platform.audit import services as audit
from duli.platform.events.services import publish

Reason = TierChange.Reason


@transaction.atomic
def assess(*, customer_id: int) -> Member | None:
    """Bring a customer's tier in line with what they bought: up at once, down when the days of grace are over.

    A tier set by hand is kept until its end, unless a higher one is reached. None for who has no account, or where the
    program has no tiers.
    """
    rules = program()
    if not rules.has_tiers or not customer_is_member(customer_id):
        return None
    member = locks.lock_member(customer_id)
    value = measured([customer_id], rules, now())[customer_id]
    rows = tier_rows()
    target = next((row for row in reversed(rows) if row.threshold <= value), None)
    own = next((row for row in rows if row.pk == member.tier_id), None)
    instant = now()
    if _rank(target) > _rank(own):
        _move(member, own, target, Reason.REACHED, value=value)
        return member
    if member.set_by_hand and own is not None:
        if member.kept_until is None or member.kept_until > instant:
            return member
        if _rank(target) < _rank(own):
            _move(member, own, target, Reason.ENDED, value=value)
        else:
            member.set_by_hand, member.kept_until = False, None
            member.save(update_fields=["set_by_hand", "kept_until"])
        return member
    if _rank(target) == _rank(own):
        if member.below_since is not None:
            member.below_since = None
            member.save(update_fields=["below_since"])
        return member
    since = member.below_since or instant
    if instant >= since + timedelta(days=rules.grace_days):
        _move(member, own, target, Reason.LOST, value=value)
    elif member.below_since is None:
        member.below_since = since
        member.save(update_fields=["below_since"])
    return member


def _rank(tier: Tier | None) -> int:
    return tier.threshold if tier is not None else -1


@transaction.atomic
def set_tier(
    *, customer_id: int, tier_id: int | None, reason: str, until: datetime | None = None, actor: str
) -> Member:
    """Put a customer into a tier by hand (None: out of every one), until a moment or for good, and say why.

    Raises NotFound, NoMember, InvalidInput (no reason, or an end that is over).
    """
    note = one_line(reason, 255).strip()
    if not note or "\x00" in note:
        raise InvalidInput(field="reason")
    if until is not None and until <= now():
        raise InvalidInput(field="until")
    if not customer_is_member(customer_id):
        raise NoMember()
    tier = tier_by_id(tier_id) if tier_id is not None else None
    member = locks.lock_member(customer_id)
    before = Tier.objects.filter(pk=member.tier_id or 0).first()
    _move(member, before, tier, Reason.BY_HAND, note=note, until=until, actor=actor)
    audit.record(
        area="membership",
        action="tier_set",
        reference=f"customer:{customer_id}",
        changes={"tier": (before.name if before else "", tier.name if tier else ""), "reason": (None, note)},
        actor=actor,
    )
    return member


def _move(
    member: Member,
    before: Tier | None,
    after: Tier | None,
    reason: Reason,
    *,
    value: int | None = None,
    note: str = "",
    until: datetime | None = None,
    actor: str = "system",
) -> None:
    instant = now()
    member.tier, member.tier_since, member.below_since = after, instant, None
    member.set_by_hand = reason == Reason.BY_HAND and after is not None
    member.kept_until = until if member.set_by_hand else None
    member.save(update_fields=["tier", "tier_since", "below_since", "set_by_hand", "kept_until"])
    names = (before.name if before else "", after.name if after else "")
    TierChange.objects.create(
        customer_id=member.pk,
        before=names[0],
        after=names[1],
        after_id=after.pk if after else None,
        reason=reason,
        value=value,
        note=note,
        until=member.kept_until,
        actor=actor,
        created_at=instant,
    )
    publish(
        TierChanged(member.pk, *names, after.pk if after else None, _rank(after) > _rank(before), reason.value),
        reference=f"customer:{member.pk}",
        actor=actor,
    )
