"""Named reads of revisions and change sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef

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


@dataclass(frozen=True, slots=True)
class ChangedProduct:
    """What one act did to a product; `differences` is None where what it was before or after is no longer kept."""

    id: int
    title: str
    number: int
    is_creation: bool
    differences: list[Difference] | None


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


def product_counts(change_set_ids: Sequence[int]) -> dict[int, int]:
    """Return of how many products each act told (one query)."""
    return dict(
        ProductRevision.objects.filter(change_set_id__in=change_set_ids)
        .order_by()
        .values_list("change_set_id")
        .annotate(products=Count("product_id", distinct=True))
    )


def views_of(rows: Sequence[ChangeSet]) -> list[ChangeSetView]:
    ids = [row.pk for row in rows]
    counts = product_counts(ids)
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


def changed_products(
    change_set_id: int, *, after: int = 0, limit: int = PAGE
) -> tuple[list[ChangedProduct], int | None]:
    """Return what an act changed, product by product in the order of their ids, and the id to go on after.

    Three statements, however many products there are.
    """
    rows = ProductRevision.objects.filter(change_set_id=change_set_id, product_id__gt=after).order_by("product_id")
    found = rows.values_list("product_id", "product__title").annotate(number=Max("number"))[: limit + 1]
    page = list(found[: limit + 1])
    befores, afters, created = around(change_set_id, [pk for pk, _title, _number in page[:limit]])
    views = [
        ChangedProduct(
            id=pk,
            title=title,
            number=number,
            is_creation=pk in created,
            differences=snapshots.differences(befores[pk], afters[pk]) if pk in befores and pk in afters else None,
        )
        for pk, title, number in page[:limit]
    ]
    return views, views[-1].id if len(page) > limit else None


def around(change_set_id: int, product_ids: Sequence[int]) -> tuple[dict[int, Snapshot], dict[int, Snapshot], set[int]]:
    """Return what each product was before and after the change set, and which ones it created."""
    rows = list(ProductRevision.objects.filter(change_set_id=change_set_id, product_id__in=product_ids))
    first: dict[int, ProductRevision] = {}
    last: dict[int, ProductRevision] = {}
    for row in sorted(rows, key=lambda row: row.number):
        first.setdefault(row.product_id, row)
        last[row.product_id] = row
    created = {pk for pk, row in first.items() if row.is_creation}
    wanted = {(pk, row.number - 1) for pk, row in first.items()}
    numbers = {number for _, number in wanted}
    before = {
        row.product_id: snapshots.unpack(row.content)
        for row in ProductRevision.objects.filter(product_id__in=product_ids, number__in=numbers)
        if (row.product_id, row.number) in wanted and row.digest
    }
    return before, {pk: snapshots.unpack(row.content) for pk, row in last.items() if row.digest}, created
