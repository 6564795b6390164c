from __future__ import annotations

import json

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from duli.base.errors import NotFound
from duli.platform.audit.models import AuditEntry
from duli.platform.audit.types import AuditFilter, AuditView, AuditWords


def _rows(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.order_by("-pk")
    for name in ("area", "actor", "reference"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.first:
        rows = rows.filter(happened_at__gte=wanted.first)
    if wanted.until:
        rows = rows.filter(happened_at__lt=wanted.until)
    if wanted.query:
        rows = rows.alias(written=Cast("changes", TextField())).filter(_names(wanted.query, wanted.words))
    return rows


def _names(text: str, words: AuditWords) -> Q:
    """Return what an entry must be to be meant by a word."""
    # One database keeps what is not ASCII in JSON as it is, the other as an escape.
    escaped = json.dumps(text)[1:-1]
    meant = Q(label__icontains=text) | Q(reference=text) | Q(request_id=text)
    meant |= Q(written__icontains=text) | Q(written__icontains=escaped)
    if words.fields:
        meant |= Q(changes__has_any_keys=list(words.fields))
    for name in ("actor", "area", "action"):
        if values := getattr(words, f"{name}s"):
            meant |= Q(**{f"{name}__in": list(values)})
    for code in words.labels:
        meant |= Q(label__contains=code)
    return meant


def _view(row: AuditEntry) -> AuditView:
    changes = {name: (pair[0], pair[1]) for name, pair in row.changes.items()}
    return AuditView(
        id=row.pk,
        area=row.area,
        action=row.action,
        reference=row.reference,
        label=row.label,
        changes=changes,
        actor=row.actor,
        request_id=row.request_id,
        address=row.address,
        happened_at=row.happened_at,
    )


def entries(wanted: AuditFilter, *, before_id: int = 0, limit: int = 50) -> list[AuditView]:
    """Return entries, newest first: those older than `before_id` (one query)."""
    rows = _rows(wanted)
    if before_id:
        rows = rows.filter(pk__lt=before_id)
    return [_view(row) for row in rows[:limit]]


def actors() -> list[str]:
    """Return everybody who is named in the log (one query)."""
    return list(AuditEntry.objects.exclude(actor="").order_by("actor").values_list("actor", flat=True).distinct()[:500])


def entry(entry_id: int) -> AuditView:
    """Return one entry. Raises NotFound."""
    row = AuditEntry.objects.filter(pk=entry_id).first()
    if row is None:
        raise NotFound()
    return _view(row)
