"""The bell: what staff are told on their screens, and up to where each has looked.

One row tells everybody who holds its permission; what a person has seen is one number. A flash sale of ten thousand
orders with twenty people at their desks writes ten thousand rows, not two hundred thousand. Reads are cached under
the mark `notices` (and `notices:<user>` for what one person has seen), so that asking costs no query.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from duli.base.clock import now
from duli.growth.notifications.models import Notice, NoticeSeen
from duli.platform.jobs.selectors import failed_since
from duli.platform.store.changes import ChangeCache, mark
from duli.platform.store.prepared import insert

TOPIC: Final = "notices"
MOST: Final = 99
"""Counting stops here."""

KEEP: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice; `data` are the facts that the face puts into words."""

    id: int
    kind: str
    reference: str
    data: dict[str, Any]
    by: str
    created_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bell stands for one person: the newest notice they may see, and how many they have not looked at."""

    newest: int
    unread: int


@transaction.atomic(savepoint=False)
def notify(
    *,
    kind: str,
    key: str,
    permission: str = "",
    for_user: int | None = None,
    reference: str = "",
    data: dict[str, Any] | None = None,
    by: str = "",
) -> None:
    """Tell everybody who holds `permission`, or one person; the same `key` again changes nothing."""
    row = Notice(
        key=key[:80],
        kind=kind,
        permission=permission,
        for_user_id=for_user,
        by=by,
        reference=reference[:80],
        data=data or {},
        created_at=now(),
    )
    if insert(row, unless_there=True):
        mark(TOPIC)


@transaction.atomic
def see(*, user_id: int, last_id: int) -> None:
    """Note that a person has looked at everything up to `last_id`; never back."""
    row, _ = NoticeSeen.objects.get_or_create(user_id=user_id)
    if row.last_id < last_id:
        NoticeSeen.objects.filter(user_id=user_id, last_id__lt=last_id).update(last_id=last_id)
        mark(f"{TOPIC}:{user_id}")


def notify_failed_jobs() -> int:
    """Write a notice for each job that failed for good lately; return how many failed."""
    failed = failed_since(now() - timedelta(hours=1))
    for entry in failed:
        notify(
            kind="job_failed",
            key=f"job:{entry.id}",
            permission="system.view",
            reference=f"job:{entry.id}",
            data={"job": entry.name},
        )
    return len(failed)


def prune() -> int:
    """Delete notices that nobody will look for any more; return how many."""
    deleted, _ = Notice.objects.filter(created_at__lt=now() - KEEP).delete()
    return deleted


def _rows(user_id: int, permissions: Collection[str]) -> QuerySet[Notice]:
    """Return what a person may see, without what they did themselves."""
    visible = Q(for_user_id=user_id) | Q(for_user__isnull=True, permission__in=permissions)
    return Notice.objects.filter(visible).exclude(by=f"user:{user_id}").order_by("-pk")


def _seen(user_id: int) -> int:
    return NoticeSeen.objects.filter(user_id=user_id).values_list("last_id", flat=True).first() or 0


def notices_for(*, user_id: int, permissions: Collection[str], before_id: int = 0, limit: int = 12) -> list[NoticeView]:
    """Return the notices of a person, newest first (two queries)."""
    rows = _rows(user_id, permissions)
    if before_id:
        rows = rows.filter(pk__lt=before_id)
    seen = _seen(user_id)
    return [
        NoticeView(row.pk, row.kind, row.reference, row.data, row.by, row.created_at, row.pk > seen)
        for row in rows[:limit]
    ]


_standings: ChangeCache[Standing] = ChangeCache(500)


def standing(*, user_id: int, permissions: frozenset[str]) -> Standing:
    """Return how the bell stands (no query while nothing changed)."""

    def read() -> Standing:
        ids = list(_rows(user_id, permissions).values_list("pk", flat=True)[: MOST + 1])
        seen = _seen(user_id)
        return Standing(ids[0] if ids else 0, min(sum(pk > seen for pk in ids), MOST))

    return _standings.get_or_make((user_id, permissions), read, [TOPIC, f"{TOPIC}:{user_id}"])
