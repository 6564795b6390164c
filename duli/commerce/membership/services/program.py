"""What a merchant decides: the rules, and the tiers."""

from __future__ import annotations

from dataclasses import fields

from django.db import IntegrityError, transaction

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.membership import locks
from duli.commerce.membership.models import Member, Program, Tier
from duli.commerce.membership.rules import MOST_POINTS, ProgramRules
from duli.commerce.membership.selectors import TOPIC
from duli.commerce.membership.types import TierDraft, TierInUse
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare

MOST_DAYS = 3660
MOST_MONTHS = 120
_RANGES = {
    "window_days": (0, MOST_DAYS),
    "grace_days": (0, MOST_DAYS),
    "earn_points": (1, 1_000_000),
    "earn_minor": (1, MOST_POINTS),
    "order_points": (0, 1_000_000),
    "welcome_points": (0, 1_000_000),
    "birthday_points": (0, 1_000_000),
    "ready_days": (0, MOST_DAYS),
    "expiry_months": (0, MOST_MONTHS),
    "notice_days": (0, 365),
    "worth_points": (1, 1_000_000),
    "worth_minor": (1, MOST_POINTS),
    "most_percent": (1, 100),
    "least_points": (0, 1_000_000_000),
    "boost_percent": (100, 10_000),
}


@transaction.atomic
def save_program(*, rules: ProgramRules, actor: str, seen: Seen | None = None) -> Program:
    """Decide by which rules points and tiers are given; orders that are paid already keep theirs.

    Raises InvalidInput naming what is out of range, Conflict (by `seen`).
    """
    row = locks.lock_program()
    compare(seen)
    before = values_of(row)
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(rules, name) <= most:
            raise InvalidInput(field=name)
    choices = (("measure", Program.Measure), ("rounding", Program.Rounding), ("ready_from", Program.Ready))
    for name, kind in choices:
        if getattr(rules, name) not in kind.values:
            raise InvalidInput(field=name)
    if rules.boost_from and rules.boost_until and rules.boost_until <= rules.boost_from:
        raise InvalidInput(field="boost_until")
    for field in fields(ProgramRules):
        setattr(row, field.name, getattr(rules, field.name))
    row.save()
    record_change(area="membership", reference="membership", label="", before=before, after=values_of(row), actor=actor)
    # What a product earns stands on pages that are kept.
    mark(TOPIC, "store")
    return row


@transaction.atomic
def save_tier(*, draft: TierDraft, tier_id: int | None = None, actor: str, seen: Seen | None = None) -> Tier:
    """Make a tier or change one; members follow by the next assessment. NotFound, Conflict, InvalidInput."""
    row = locks.lock_tier(tier_id) if tier_id else Tier()
    compare(seen)
    before = values_of(row) if tier_id else None
    name = one_line(draft.name, 60).strip()
    if not name or "\x00" in name:
        raise InvalidInput(field="name")
    if not 0 <= draft.threshold <= MOST_POINTS:
        raise InvalidInput(field="threshold")
    if not 1 <= draft.points_percent <= 10_000:
        raise InvalidInput(field="points_percent")
    row.name, row.threshold, row.points_percent = name, draft.threshold, draft.points_percent
    row.names = {code[:12]: one_line(text, 60) for code, text in (draft.names or {}).items() if text.strip()}
    row.benefits = _lines(draft.benefits)
    told = draft.benefits_by_language or {}
    row.benefits_by_language = {code[:12]: _lines(text) for code, text in told.items() if text.strip()}
    if Tier.objects.filter(threshold=row.threshold).exclude(pk=row.pk).exists():
        raise InvalidInput(field="threshold")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise InvalidInput(field="threshold") from None
    record_change(
        area="membership", reference=row.reference, label=row.name, before=before, after=values_of(row), actor=actor
    )
    mark(TOPIC)
    return row


def _lines(text: str) -> str:
    kept = [one_line(line, 120).strip() for line in text.replace("\x00", "").splitlines()[:20]]
    return "\n".join(line for line in kept if line)


@transaction.atomic
def delete_tier(*, tier_id: int, actor: str) -> None:
    """Remove a tier that nobody is in. NotFound, TierInUse."""
    row = locks.lock_tier(tier_id)
    if Member.objects.filter(tier=row).exists():
        raise TierInUse()
    before = values_of(row)
    reference, name = row.reference, row.name
    row.delete()
    record_change(area="membership", reference=reference, label=name, before=before, after=None, actor=actor)
    mark(TOPIC)
