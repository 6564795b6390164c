"""Keeping what products were and what they became, around any change of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from duli.base.clock import now
from duli.base.text import one_line
from duli.commerce.catalogue.models import Product
from duli.commerce.revisions import locks, snapshots
from duli.commerce.revisions.models import ChangeSet, ProductRevision
from duli.commerce.revisions.types import Snapshot

_ROWS = 500


@transaction.atomic
def open_change_set(*, kind: str, actor: str, note: str = "", undoes_id: int | None = None) -> ChangeSet:
    """Start a unit of changes that is listed, and taken back, as one. `kind` is a ChangeKind.

    One editor save, one bulk edit, one import: an import opens one and records each of its batches under it.
    """
    return ChangeSet.objects.create(
        kind=kind, actor=actor, note=one_line(note, 255), undoes_id=undoes_id, created_at=now()
    )


class Recorder:
    """What `recording` hands out: name products that are created inside the block with `created`.

    `before` has the snapshots of the products as they were found.
    """

    def __init__(self, change_set: ChangeSet, before: dict[int, Snapshot]) -> None:
        self.change_set = change_set
        self.before = before
        self.fresh: list[int] = []

    def created(self, *product_ids: int) -> None:
        self.fresh.extend(product_ids)


@contextmanager
def recording(*, change_set: ChangeSet, product_ids: Sequence[int] = ()) -> Iterator[Recorder]:
    """Record what the block changes of these products; one transaction, so both are kept or neither.

    The products are locked in the order of their keys. Those that were never recorded, or were changed without
    it, first get a revision of what they are now. Those that come out unchanged get none. Costs a fixed number of
    statements for up to some hundred products; give more in batches under the same change set.
    """
    with transaction.atomic():
        versions = locks.lock_products(product_ids)
        before = snapshots.read(versions)
        _store(before, versions, change_set=None)
        recorder = Recorder(change_set, before)
        yield recorder
        ids = [*versions, *recorder.fresh]
        after = snapshots.read(ids)
        _store(after, _versions(ids), change_set=change_set, created=set(recorder.fresh))


@transaction.atomic
def record_created(*, change_set: ChangeSet, product_ids: Sequence[int]) -> None:
    """Note that these products were just created, without reading them: for imports of many thousands.

    What they were is filled in when they first change. Undoing the change set removes them again.
    """
    instant = now()
    versions = _versions(product_ids)
    ProductRevision.objects.bulk_create(
        [
            ProductRevision(
                change_set=change_set,
                product_id=pk,
                number=1,
                version=versions[pk],
                is_creation=True,
                created_at=instant,
            )
            for pk in product_ids
        ],
        batch_size=_ROWS,
    )


def _versions(product_ids: Iterable[int]) -> dict[int, int]:
    return dict(Product.objects.filter(pk__in=list(product_ids)).values_list("pk", "version"))


def _store(
    found: dict[int, Snapshot],
    versions: dict[int, int],
    *,
    change_set: ChangeSet | None,
    created: set[int] = frozenset(),  # type: ignore[assignment]
) -> None:
    """Append a revision for each product that is not what its latest revision says."""
    last = _latest(found)
    instant = now()
    rows: list[ProductRevision] = []
    filled: list[ProductRevision] = []
    for pk, snapshot in found.items():
        content, digest = snapshots.pack(snapshot)
        latest = last.get(pk)
        if latest is not None and latest.digest == digest:
            continue
        if latest is not None and not latest.digest and change_set is None:
            latest.content, latest.digest = content, digest
            filled.append(latest)
            continue
        rows.append(
            ProductRevision(
                change_set=change_set,
                product_id=pk,
                number=latest.number + 1 if latest else 1,
                version=versions[pk],
                is_creation=pk in created,
                digest=digest,
                content=content,
                created_at=instant,
            )
        )
    ProductRevision.objects.bulk_update(filled, ["content", "digest"], batch_size=_ROWS)
    ProductRevision.objects.bulk_create(rows, batch_size=_ROWS)
    _prune(rows)


def _latest(product_ids: Iterable[int]) -> dict[int, ProductRevision]:
    """Return the latest revision of each product without its content."""
    newest = (
        ProductRevision.objects.filter(product_id__in=list(product_ids))
        .order_by()
        .values("product_id")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    return {row.product_id: row for row in ProductRevision.objects.filter(pk__in=newest).defer("content")}


def _prune(rows: Sequence[ProductRevision]) -> None:
    """Let go of what is older than the number of revisions a product keeps."""
    for row in rows:
        oldest = row.number - settings.REVISIONS_PER_PRODUCT
        if oldest > 0:
            ProductRevision.objects.filter(product_id=row.product_id, number__lte=oldest).delete()
