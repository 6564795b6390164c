from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import models

from duli.base.clock import now
from duli.base.text import one_line
from duli.platform.audit import context
from duli.platform.audit.models import AuditEntry

LONGEST: Final = 300
"""Characters kept of one value: enough to know it again."""

KEEP: Final = timedelta(days=730)
LEAST: Final = timedelta(days=365)
"""The database lets nobody delete what is younger."""


def record(
    *,
    area: str,
    action: str,
    reference: str = "",
    label: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    actor: str = "",
) -> None:
    """Write down in the caller's transaction what was done; `changes` maps a field to (before, after).

    `actor` ("user:3", "token:5", "system") is whom the request acts for unless a verb knows better.
    """
    acting = context.current()
    AuditEntry.objects.create(
        area=area,
        action=action,
        reference=reference[:80],
        label=one_line(label, 200),
        changes={name: [_plain(before), _plain(after)] for name, (before, after) in (changes or {}).items()},
        actor=(actor if actor not in {"", "system"} else acting.actor) or actor,
        request_id=acting.request_id,
        address=acting.address,
        happened_at=now(),
    )


def record_change(
    *,
    area: str,
    reference: str,
    label: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    actor: str = "",
) -> bool:
    """Record the difference between two `values_of` the same thing; False (and no entry) if there is none.

    Without `before` it was created, without `after` deleted.
    """
    changes = differences(before or {}, after or {})
    action = "created" if before is None else "deleted" if after is None else "changed"
    if not changes and action == "changed":
        return False
    record(area=area, action=action, reference=reference, label=label, changes=changes, actor=actor)
    return True


def values_of(row: models.Model, *, leave_out: Iterable[str] = ()) -> dict[str, Any]:
    """Return the row's own columns as plain values, to compare before and after a change."""
    hidden = {"id", "pk", "password", *leave_out}
    return {
        field.attname: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in hidden
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what is not the same: field → (before, after); a field that is empty on both sides does not count."""
    found = {}
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new and not (old in _EMPTY and new in _EMPTY):
            found[name] = (old, new)
    return found


_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold, cut short where it is long."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return _plain(str(value))


def purge(*, keep: timedelta = KEEP) -> int:
    """Delete entries older than `keep` (at least a year, whatever is asked for); return how many."""
    deleted, _ = AuditEntry.objects.filter(happened_at__lt=now() - max(keep, LEAST + timedelta(days=1))).delete()
    return deleted
