"""Taking back what one act changed, as one unit, and never what somebody changed since."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict

from django.db import transaction

from duli.base.errors import DuliError
from duli.commerce.catalogue.models import Bundle, Product
from duli.commerce.catalogue.services import delete_product, set_product_status
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.catalogue.types import PartOfBundle
from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.revisions import locks, selectors, snapshots
from duli.commerce.revisions.models import ChangeKind, ChangeSet, ProductRevision
from duli.commerce.revisions.services.recording import open_change_set, recording
from duli.commerce.revisions.services.restore import save_snapshot
from duli.commerce.revisions.types import AlreadyUndone, Kept, Path, RevisionGone, Snapshot, UndoReport
from duli.platform.redirects.services import forget_of

BATCH = 100
REPORTED = 500


def undo_change_set(
    *, change_set_id: int, actor: str, on_progress: Callable[[int, int], None] | None = None
) -> UndoReport:
    """Take back everything a change set did, and report what could not be.

    Field by field: what still is as the change set left it becomes what it was before; what was changed since
    stays, and is reported. A product that the change set created is removed again; if it was ordered since, or
    changed, it is archived or left instead. Stock counts stay: they are the ledger's.

    Runs in transactions of some hundred products each, so that an import of thousands does not hold up the shop;
    called again after a crash, it goes on where it stopped. `on_progress` is told how many of how many are done.
    Raises RevisionGone, AlreadyUndone.
    """
    undo, fresh = _begin(change_set_id, actor)
    rows = ProductRevision.objects.filter(change_set_id=change_set_id)
    ids = list(rows.order_by("product_id").values_list("product_id", flat=True).distinct())
    # Bundles first: what is part of one could not be removed.
    bundles = set(Bundle.objects.values_list("variant__product_id", flat=True))
    ids.sort(key=lambda pk: pk not in bundles)
    report = UndoReport(change_set_id=undo.pk) if fresh else _report_of(undo)
    done = set(undo.report.get("done", ()))
    waiting = [pk for pk in ids if pk not in done]
    for first in range(0, len(waiting), BATCH):
        batch = waiting[first : first + BATCH]
        _undo_batch(undo, change_set_id, batch, report, actor, last=first + BATCH >= len(waiting))
        if on_progress:
            on_progress(len(ids) - max(0, len(waiting) - first - BATCH), len(ids))
    if not waiting:
        _finish(undo, report)
    return report


@transaction.atomic
def _begin(change_set_id: int, actor: str) -> tuple[ChangeSet, bool]:
    change_set = locks.lock_change_set(change_set_id)
    undo = ChangeSet.objects.filter(undoes=change_set).first()
    if undo is None:
        note = change_set.note
        undo = open_change_set(kind=ChangeKind.UNDO, actor=actor, note=note, undoes_id=change_set_id)
        ChangeSet.objects.filter(pk=undo.pk).update(report={"done": []})
        undo.report = {"done": []}
        return undo, True
    if undo.report.get("finished"):
        raise AlreadyUndone()
    return undo, False


@transaction.atomic
def _undo_batch(
    undo: ChangeSet, change_set_id: int, product_ids: list[int], report: UndoReport, actor: str, *, last: bool
) -> None:
    locks.lock_change_set(undo.pk)
    befores, afters, created = selectors.around(change_set_id, product_ids)
    removed = [pk for pk in product_ids if pk in created]
    for product_id in removed:
        _remove(undo, product_id, afters.get(product_id), report, actor)
    rest = [pk for pk in product_ids if pk not in created]
    with recording(change_set=undo, product_ids=rest) as recorder:
        for product_id in rest:
            current = recorder.before.get(product_id)
            if current is None:
                continue
            before, after = befores.get(product_id), afters.get(product_id)
            if before is None or after is None:
                report.untouched += 1
                report.kept.append(Kept(product_id, current["product"]["title"], reason=RevisionGone.code))
            else:
                _take_back(product_id, before, after, current, report, actor)
    undo.report["done"] = [*undo.report.get("done", ()), *product_ids]
    if last:
        _finish(undo, report)
    else:
        undo.report |= _plain(report)
        undo.save(update_fields=["report"])


def change_reference(change_set_id: int) -> str:
    """Return how other rooms call a change set: what came with it goes when it is taken back."""
    return f"changes:{change_set_id}"


@transaction.atomic
def start_undo(*, change_set_id: int, actor: str) -> int:
    """Let a job take back a change set of thousands of products; return the undo, whose page shows how far it is.

    Pressed twice it runs once. Raises RevisionGone, AlreadyUndone.
    """
    from duli.commerce.revisions.jobs import undo_changes

    undo, fresh = _begin(change_set_id, actor)
    if fresh:
        undo_changes.enqueue(change_set_id=change_set_id, actor=actor)
    return undo.pk


def _finish(undo: ChangeSet, report: UndoReport) -> None:
    forget_of(reference=change_reference(undo.undoes_id or 0))
    undo.report = {**_plain(report), "finished": True}
    undo.save(update_fields=["report"])


def _plain(report: UndoReport) -> dict[str, object]:
    return {**asdict(report), "kept": [asdict(entry) for entry in report.kept[:REPORTED]]}


def undo_report(change_set_id: int) -> UndoReport:
    """Return what came of taking a change set back, as far as that has got. RevisionGone where nobody has."""
    undo = ChangeSet.objects.filter(undoes_id=change_set_id).first()
    if undo is None:
        raise RevisionGone()
    return _report_of(undo)


def _report_of(undo: ChangeSet) -> UndoReport:
    stored = undo.report
    kept = [
        Kept(row["product_id"], row["title"], tuple(map(tuple, row["paths"])), row["reason"])
        for row in stored.get("kept", ())
    ]
    counts = {name: stored.get(name, 0) for name in ("whole", "partly", "untouched", "removed")}
    return UndoReport(change_set_id=undo.pk, kept=kept, **counts)


def _is_last(newest: ProductRevision, undo: ChangeSet, after: Snapshot | None) -> bool:
    """Whether nothing has come since what is taken back, or only what was itself taken back: `after` proves it then."""
    taken_back = newest.change_set is not None and newest.change_set.undoes_id is not None
    return newest.change_set_id == undo.undoes_id or (taken_back and after is not None)


def _take_back(
    product_id: int, before: Snapshot, after: Snapshot, current: Snapshot, report: UndoReport, actor: str
) -> None:
    target, kept, any_change = revert(before, after, current)
    losing = _units_of(set(current["variants"]) - set(target["variants"]))
    title = current["product"]["title"]
    if losing:
        report.untouched += 1
        report.kept.append(Kept(product_id, title, (("variants",),), "variants_in_use"))
        return
    if any_change:
        try:
            with transaction.atomic():
                save_snapshot(product_id=product_id, target=target, current=current, actor=actor)
        except DuliError as error:
            report.untouched += 1
            report.kept.append(Kept(product_id, title, reason=error.code))
            return
    if kept:
        report.kept.append(Kept(product_id, title, tuple(kept), "changed_since"))
    if not kept:
        report.whole += 1
    elif any_change:
        report.partly += 1
    else:
        report.untouched += 1


def revert(before: Snapshot, after: Snapshot, current: Snapshot) -> tuple[Snapshot, list[Path], bool]:
    """Return what a product becomes when before → after is taken back, the fields that were changed since, and
    whether anything is to be done."""
    target = snapshots.copy(current)
    new, there = snapshots.fields(after), snapshots.fields(current)
    wanted = snapshots.differences(before, after)
    kept: list[Path] = []
    did = False
    if {entry.path for entry in wanted} & snapshots.MATRIX:
        if all(new[path] == there[path] for path in snapshots.MATRIX):
            snapshots.put_matrix(target, before)
            did = True
        else:
            kept += [path for path in snapshots.MATRIX if before and new[path] != there[path]]
    for entry in wanted:
        if entry.path in snapshots.MATRIX:
            continue
        if entry.path[0] == "variant" and entry.path[1] not in target["variants"]:
            continue
        if there.get(entry.path) == entry.after:
            snapshots.put(target, entry.path, deepcopy(entry.before))
            did = True
        elif there.get(entry.path) != entry.before:
            kept.append(entry.path)
    return target, sorted(kept), did


def _units_of(variant_keys: set[str]) -> bool:
    """Whether any of these variants has units on hand or held."""
    ids = [int(key) for key in variant_keys]
    if not ids:
        return False
    levels = StockLevel.objects.filter(variant_id__in=ids)
    return levels.filter(on_hand__gt=0).exists() or levels.filter(reserved__gt=0).exists()


def _remove(undo: ChangeSet, product_id: int, after: Snapshot | None, report: UndoReport, actor: str) -> None:
    """Remove a product that the change set created, unless somebody has worked with it or bought it since."""
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        return
    rows = ProductRevision.objects.filter(product_id=product_id).select_related("change_set")
    newest = rows.order_by("-number").first()
    changed = newest is not None and (newest.version != product.version or not _is_last(newest, undo, after))
    if after is not None and not changed:
        # Products of the same change set that were shown on its page went before it.
        there = set(Product.objects.filter(pk__in=after["related"]).values_list("pk", flat=True))
        kept = {**after, "related": [pk for pk in after["related"] if pk in there]}
        changed = snapshots.read([product_id])[product_id] != kept
    if changed:
        report.untouched += 1
        report.kept.append(Kept(product_id, product.title, reason="changed_since"))
        return
    if product.sales_count or Reservation.objects.filter(level__variant__product_id=product_id).exists():
        with recording(change_set=undo, product_ids=[product_id]):
            set_product_status(product_ids=[product_id], status=ProductStatus.ARCHIVED, actor=actor)
        report.partly += 1
        report.kept.append(Kept(product_id, product.title, reason="ordered"))
        return
    try:
        with transaction.atomic():
            delete_product(product_id=product_id, actor=actor)
    except PartOfBundle as error:
        report.untouched += 1
        report.kept.append(Kept(product_id, product.title, reason=error.code))
        return
    report.removed += 1
