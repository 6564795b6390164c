"""Segments as a merchant declares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.customers import locks
from duli.commerce.customers.models import Segment
from duli.commerce.customers.segments import MOST_SEGMENTS, clean
from duli.commerce.customers.selectors import SEGMENTS, segment_uses
from duli.commerce.customers.types import SegmentInUse, TooManySegments
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare, hold


@transaction.atomic
def save_segment(
    *, name: str, rules: Mapping[str, Any], segment_id: int | None = None, actor: str, seen: Seen | None = None
) -> Segment:
    """Make a segment or change one: who is in it follows at once, and with them whatever asks for it.

    Raises NotFound, Conflict (by `seen`), InvalidInput (a name that is taken; rules as in segments.py),
    TooManySegments.
    """
    if segment_id is None:
        hold(SEGMENTS)
        row = Segment(created_at=now())
        if Segment.objects.count() >= MOST_SEGMENTS:
            raise TooManySegments(maximum=MOST_SEGMENTS)
    else:
        row = locks.lock_segment(segment_id)
        compare(seen)
    before = _told(row) if segment_id else None
    row.name = one_line(name, 60).strip()
    if not row.name or "\x00" in row.name or Segment.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise InvalidInput(field="name")
    row.rules, row.updated_at = clean(rules), now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise InvalidInput(field="name") from None
    record_change(
        area="customers", reference=row.reference, label=row.name, before=before, after=_told(row), actor=actor
    )
    mark(SEGMENTS)
    return row


@transaction.atomic
def delete_segment(*, segment_id: int, actor: str) -> None:
    """Remove a segment that nothing asks for. NotFound, SegmentInUse."""
    row = locks.lock_segment(segment_id)
    names = [name for _code, uses in segment_uses for name in uses(row.pk)]
    if names:
        raise SegmentInUse(names=", ".join(f"“{name}”" for name in names[:3]))
    record_change(area="customers", reference=row.reference, label=row.name, before=_told(row), after=None, actor=actor)
    row.delete()
    mark(SEGMENTS)


def _told(row: Segment) -> dict[str, Any]:
    return {"name": row.name, "rules": row.rules}
