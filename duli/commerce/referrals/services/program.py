"""The rules of the program."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.promotions.models import Promotion
from duli.commerce.referrals import locks
from duli.commerce.referrals.models import Commission, Program
from duli.commerce.referrals.selectors import TOPIC, commissions
from duli.commerce.referrals.types import ProgramDraft
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare

MOST_MINOR = 10**12
MOST_COMMISSIONS = 200
_FACET = re.compile(r"(?:product|variant|collection|category|brand|tag):[1-9][0-9]{0,17}")
_RANGES = {"wait_days": (0, 365), "window_days": (1, 365), "most_a_day": (1, 10_000), "commission_points": (0, 10_000)}


@transaction.atomic
def save_program(*, draft: ProgramDraft, actor: str, seen: Seen | None = None) -> Program:
    """Set the rules; orders that came before keep what was promised for them. Conflict (by `seen`), InvalidInput."""
    row = locks.lock_program()
    compare(seen)
    before = _told(row)
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(draft, name) <= most:
            raise InvalidInput(field=name)
    if not 0 <= draft.reward_minor <= MOST_MINOR or not 0 <= draft.least_minor <= MOST_MINOR:
        raise InvalidInput(field="amount")
    if draft.reward not in Program.Reward.values:
        raise InvalidInput(field="reward")
    if draft.friends_on:
        _check_reward(draft)
    if len(draft.commissions) > MOST_COMMISSIONS or any(
        not _FACET.fullmatch(facet) or not 0 <= points <= 10_000 for facet, points in draft.commissions.items()
    ):
        raise InvalidInput(field="commission_points")
    for name in ProgramDraft.__dataclass_fields__:
        if name != "commissions":
            setattr(row, name, getattr(draft, name))
    row.save()
    Commission.objects.exclude(facet__in=draft.commissions).delete()
    for facet, points in draft.commissions.items():
        Commission.objects.update_or_create(facet=facet, defaults={"points": points})
    record_change(area="referrals", reference="referrals", label="", before=before, after=_told(row), actor=actor)
    mark(TOPIC)
    return row


def _check_reward(draft: ProgramDraft) -> None:
    if draft.reward == Program.Reward.CREDIT:
        if not draft.reward_minor:
            raise InvalidInput(field="reward")
    elif not Promotion.objects.filter(pk=draft.reward_promotion_id or 0, needs_code=True).exists():
        raise InvalidInput(field="reward")


def _told(row: Program) -> dict[str, Any]:
    return {**values_of(row), "commissions": commissions()}
