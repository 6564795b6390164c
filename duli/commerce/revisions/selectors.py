"""Named reads of revisions and change sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef

from duli.commerce.revisions import snapshots
from duli.commerce.revisions.models import ChangeKind, ChangeSet, ProductRevision
from duli.commerce.revisions.types import Difference, RevisionGone, Snapshot

PAGE = 50


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One entry of a product's history; `kind` is empty for what was found before anything was recorded."""

    number: int
    kind: str
    note: str
    actor: str
    created_at: datetime
    is_creation: bool
    is_kept: bool


@dataclass(frozen=True, slots=True)
class ChangeSetView:
    """One act with the number of products it changed, and the act that took it back, if any."""

    id: int
    kind: str
    note: str
    actor: str
    created_at: datetime
    products: int
    undone_by: int | None
    undoes: int | None


def history(product_id: int, limit: int = 200) -> list[RevisionView]:
    """Return a product's revisions, newest first (one query)."""
    rows = ProductRevision.objects.filter(product_id=product_id).select_related("change_set").defer("content")
    return [
        RevisionView(
            number=row.number,
            kind=row.change_set.kind if row.change_set else "",
            note=row.change_set.note if row.change_set else "",
            actor=row.change_set.actor if row.change_set else "",
            created_at=row.created_at,
            is_creation=row.is_creation,
            is_kept=bool(row.digest),
        )
        for row in rows.order_by("-number")[:limit]
    ]


def snapshot_of(product_id: int, number: int) -> Snapshot:
    """Return a product as one of its revisions has it. RevisionGone."""
    row = ProductRevision.objects.filter(product_id=product_id, number=number).first()
    if row is None or not row.digest:
        raise RevisionGone()
    return snapshots.unpack(row.content)


def comparison(product_id: int, *, first: int, last: int | None = None) -> list[Difference]:
    """Return what changed from revision `first` to `last` (None: to what the product is now), field by field.

    Raises RevisionGone.
    """
    before = snapshot_of(product_id, first)
    if last is not None:
        return snapshots.differences(before, snapshot_of(product_id, last))
    current = snapshots.read([product_id]).get(product_id)
    if current is None:
        raise RevisionGone()
    return snapshots.differences(before, current)


def change_sets(
    *, kinds: Sequence[str] = (), after: int | None = None, limit: int = PAGE
) -> tuple[list[ChangeSetView], int | None]:
    """Return one page of acts that changed something, newest first, and the id to go on after (two queries)."""
    changed = ProductRevision.objects.filter(change_set=OuterRef("pk"))
    rows = ChangeSet.objects.filter(kind__in=kinds or ChangeKind.values).order_by("-pk")
    rows = rows.filter(Exists(changed)) | rows.filter(kind=ChangeKind.UNDO)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.distinct()[: limit + 1])
    views = views_of(found[:limit])
    return views, found[limit - 1].pk if len(found) > limit else None


def views_of(rows: Sequence[ChangeSet]) -> list[ChangeSetView]:
    ids = [row.pk for row in rows]
    counts = dict(
        ProductRevision.objects.filter(change_set_id__in=ids)
        .order_by()
        .values_list("change_set_id")
        .annotate(products=Count("product_id", distinct=True))
    )
    undone = dict(ChangeSet.objects.filter(undoes_id__in=ids).values_list("undoes_id", "pk"))
    return [
        ChangeSetView(
            id=row.pk,
            kind=row.kind,
            note=row.note,
            actor=row.actor,
            created_at=row.created_at,
            products=counts.get(row.pk, 0),
            undone_by=undone.get(row.pk),
            undoes=row.undoes_id,
        )
        for row in rows
    ]


def change_set(change_set_id: int) -> tuple[ChangeSetView, ChangeSet]:
    """Return one act. RevisionGone."""
    row = ChangeSet.objects.filter(pk=change_set_id).first()
    if row is None:
        raise RevisionGone()
    return views_of([row])[0], row


def products_of(change_set_id: int, limit: int = 200) -> list[tuple[int, str, int]]:
    """Return id, title and revision number of the products an act changed."""
    rows = ProductRevision.objects.filter(change_set_id=change_set_id).order_by("product_id", "number")
    return list(rows.values_list("product_id", "product__title", "number")[:limit])
