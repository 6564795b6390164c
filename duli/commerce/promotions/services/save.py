"""What a merchant does to promotions."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.promotions import locks, rules
from duli.commerce.promotions.models import Promotion, Use, Version
from duli.commerce.promotions.owners import check_free
from duli.commerce.promotions.selectors import promotion_by_id
from duli.commerce.promotions.types import PromotionDraft, PromotionUsed
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare

TOPIC = "promotions"
MOST_USES = 2_000_000_000
MOST_POINTS = 1_000_000
MOST_BEFORE = 60
MOST_AFTER = 300
"""Days; together less than a year, so that one birthday's code is over before the next one comes."""


@transaction.atomic
def save_promotion(
    *, draft: PromotionDraft, promotion_id: int | None = None, actor: str, seen: Seen | None = None, by: str = ""
) -> Promotion:
    """Declare a promotion, or change one while it runs: carts follow at once, orders keep the version they used.

    `by` is the reference of what the promotion belongs to, where it belongs to something. Raises NotFound, Conflict (by
    `seen`), PromotionOwned, InvalidInput naming what is wrong.
    """
    if promotion_id:
        check_free(promotion_id, by)
    row = locks.lock_promotion(promotion_id) if promotion_id else Promotion(created_at=now(), version=0)
    compare(seen)
    before = _told(row) if promotion_id else None
    _fill(row, draft)
    row.version += 1
    row.updated_at = now()
    row.save()
    kept = PromotionDraft(**{name: getattr(row, name) for name in PromotionDraft.__dataclass_fields__})
    Version.objects.create(
        promotion=row, number=row.version, data=rules.data_of(kept), actor=actor, created_at=row.updated_at
    )
    record_change(
        area="promotions",
        reference=f"promotion:{row.pk}",
        label=row.name,
        before=before,
        after=_told(row),
        actor=actor,
    )
    mark(TOPIC)
    return row


def drafted(*, draft: PromotionDraft, promotion_id: int | None = None) -> Promotion:
    """Return a promotion as it would be saved, without saving it (key 0 for a new one). NotFound, InvalidInput."""
    row = promotion_by_id(promotion_id) if promotion_id else Promotion(pk=0, created_at=now(), version=0)
    _fill(row, draft)
    return row


def _fill(row: Promotion, draft: PromotionDraft) -> None:
    name = one_line(draft.name, 120).strip()
    if not name or "\x00" in name:
        raise InvalidInput(field="name")
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        raise InvalidInput(field="ends_at")
    if draft.stacking not in Promotion.Combining.values:
        raise InvalidInput(field="stacking")
    group = one_line(draft.group, 40).strip()
    if draft.stacking == Promotion.Combining.GROUP and not group:
        raise InvalidInput(field="group")
    if not 0 <= draft.priority <= 1_000_000:
        raise InvalidInput(field="priority")
    for limit in (draft.limit_total, draft.limit_customer, draft.limit_day):
        if limit is not None and not 1 <= limit <= MOST_USES:
            raise InvalidInput(field="most")
    row.name = name
    row.titles = {
        language[:12]: one_line(title, 120) for language, title in draft.titles.items() if title and title.strip()
    }
    row.rules = rules.clean(draft.rules)
    row.on_shelf = draft.on_shelf or row.rules["kind"] in {"tiers", "table"}
    limits = (draft.limit_total, draft.limit_customer, draft.limit_day, draft.budget_minor)
    if row.on_shelf and (draft.needs_code or any(limits) or not rules.may_be_on_shelf(row.rules)):
        raise InvalidInput(field="on_shelf")
    if draft.floor_points is not None and not 0 <= draft.floor_points <= MOST_POINTS:
        raise InvalidInput(field="floor_percent")
    if draft.budget_minor is not None and not 1 <= draft.budget_minor <= rules.MOST_MINOR:
        raise InvalidInput(field="budget")
    row.floor_points, row.budget_minor = draft.floor_points, draft.budget_minor
    if draft.birthday_before is not None and not (0 <= draft.birthday_before <= MOST_BEFORE and draft.needs_code):
        raise InvalidInput(field="birthday_before")
    if not 0 <= draft.birthday_after <= MOST_AFTER:
        raise InvalidInput(field="birthday_after")
    row.birthday_before, row.birthday_after = draft.birthday_before, draft.birthday_after
    row.is_listed = draft.is_listed and draft.needs_code
    row.needs_code, row.is_active = draft.needs_code, draft.is_active
    row.starts_at, row.ends_at = draft.starts_at, draft.ends_at
    row.stacking, row.priority = draft.stacking, draft.priority
    row.group = group if draft.stacking == Promotion.Combining.GROUP else ""
    row.limit_total, row.limit_customer, row.limit_day = draft.limit_total, draft.limit_customer, draft.limit_day


def _told(row: Promotion) -> dict[str, object]:
    return {
        "name": row.name,
        "rules": row.rules,
        "active": row.is_active,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "stacking": f"{row.stacking} {row.group} {row.priority}",
        "limits": [row.limit_total, row.limit_customer, row.limit_day],
        "on_shelf": row.on_shelf,
        "listed": row.is_listed,
        "floor": row.floor_points,
        "budget": row.budget_minor,
        "birthday": row.birthday_before,
    }


@transaction.atomic
def set_active(*, promotion_id: int, active: bool, actor: str, by: str = "") -> Promotion:
    """Switch a promotion on or off, from this second on. `by` as in `save_promotion`. NotFound, PromotionOwned."""
    check_free(promotion_id, by)
    row = locks.lock_promotion(promotion_id)
    if row.is_active != active:
        row.is_active, row.updated_at = active, now()
        row.save(update_fields=["is_active", "updated_at"])
        record_change(
            area="promotions",
            reference=f"promotion:{row.pk}",
            label=row.name,
            before={"active": not active},
            after={"active": active},
            actor=actor,
        )
        mark(TOPIC)
    return row


@transaction.atomic
def delete_promotion(*, promotion_id: int, actor: str, by: str = "") -> None:
    """Delete a promotion that no order has used; `by` as in `save_promotion`. NotFound, PromotionUsed,
    PromotionOwned.
    """
    check_free(promotion_id, by)
    row = locks.lock_promotion(promotion_id)
    if Use.objects.filter(promotion=row).exists():
        raise PromotionUsed()
    record_change(
        area="promotions",
        reference=f"promotion:{row.pk}",
        label=row.name,
        before=_told(row),
        after=None,
        actor=actor,
    )
    row.delete()
    mark(TOPIC)
