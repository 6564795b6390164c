"""Changing many products in one act. Each verb is one change set, so that it is taken back as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from duli.base.errors import DuliError, InvalidInput
from duli.commerce.assortment.price_rules import PriceRule
from duli.commerce.assortment.types import BulkReport, CellChanged, CellEdit, PriceStep, Refusal
from duli.commerce.catalogue.models import Brand, Category, Collection, Product
from duli.commerce.catalogue.services import delete_product
from duli.commerce.catalogue.states import CollectionKind, ProductStatus
from duli.commerce.revisions import snapshots
from duli.commerce.revisions.models import ChangeKind
from duli.commerce.revisions.services import (
    is_money_only,
    open_change_set,
    recording,
    save_money_of,
    save_snapshot,
)
from duli.commerce.revisions.types import Snapshot

MOST_PRODUCTS = 500
Change = Callable[[int, Snapshot], None]


@transaction.atomic
def _change(product_ids: Sequence[int], change: Change, *, actor: str, note: str) -> BulkReport:
    """Apply `change` to the snapshot of each product; those it or a rule refuses stay as they are, and are reported."""
    ids = list(dict.fromkeys(product_ids))
    if not ids or len(ids) > MOST_PRODUCTS:
        raise InvalidInput(field="id")
    change_set = open_change_set(kind=ChangeKind.BULK, actor=actor, note=note)
    report = BulkReport(change_set.pk)
    with recording(change_set=change_set, product_ids=ids) as recorder:
        money: dict[int, tuple[Snapshot, Snapshot]] = {}
        rest: dict[int, tuple[Snapshot, Snapshot]] = {}
        for product_id, before in recorder.before.items():
            target = snapshots.copy(before)
            try:
                change(product_id, target)
            except DuliError as error:
                report.refused.append(Refusal(product_id, before["product"]["title"], error))
                continue
            if snapshots.differences(before, target):
                (money if is_money_only(target, before) else rest)[product_id] = (target, before)
        if money and not _saved_at_once(money, actor, report):
            rest |= money
        for product_id, (target, before) in rest.items():
            try:
                with transaction.atomic():
                    save_snapshot(product_id=product_id, target=target, current=before, actor=actor)
            except DuliError as error:
                report.refused.append(Refusal(product_id, before["product"]["title"], error))
            else:
                report.changed += 1
    if not report.changed:
        change_set.delete()
        report.change_set_id = 0
    return report


def _saved_at_once(money: dict[int, tuple[Snapshot, Snapshot]], actor: str, report: BulkReport) -> bool:
    """Store the prices and costs of all these products together; False if one of them is refused, whichever it is."""
    try:
        save_money_of(targets=money, actor=actor)
    except DuliError:
        return False
    report.changed += len(money)
    return True


def edit_cells(*, edits: Sequence[CellEdit], actor: str, note: str = "") -> BulkReport:
    """Write the cells of a sheet over several products.

    Each cell says what stood there: if it is not that any more, its product is refused with CellChanged, whole. A
    refused product does not keep the others from being saved. Raises InvalidInput for more than 500 products.
    """
    by_product: dict[int, list[CellEdit]] = {}
    for edit in edits:
        by_product.setdefault(edit.product_id, []).append(edit)

    def change(product_id: int, target: Snapshot) -> None:
        there = {edit.path: snapshots.value_at(target, edit.path) for edit in by_product[product_id]}
        for edit in by_product[product_id]:
            if edit.path[0] == "variant" and edit.path[1] not in target["variants"]:
                raise CellChanged()
            now_there = there[edit.path]
            if now_there != edit.seen:
                if now_there == edit.value:
                    continue
                raise CellChanged()
            snapshots.put(target, edit.path, edit.value)

    return _change(list(by_product), change, actor=actor, note=note)


def set_statuses(*, product_ids: Sequence[int], status: str, actor: str, note: str = "") -> BulkReport:
    """Put products on sale, make them drafts, or archive them. InvalidInput for an unknown status."""
    if status not in ProductStatus.values:
        raise InvalidInput(field="status")

    def change(_product_id: int, target: Snapshot) -> None:
        target["product"]["status"] = status

    return _change(product_ids, change, actor=actor, note=note)


def schedule_products(
    *,
    product_ids: Sequence[int],
    visible_from: datetime | None,
    hidden_from: datetime | None,
    actor: str,
    note: str = "",
) -> BulkReport:
    """Show products from one moment and hide them from another (UTC; None: no such moment). They become active.

    Raises InvalidInput if the end is not after the start.
    """
    if visible_from and hidden_from and hidden_from <= visible_from:
        raise InvalidInput(field="hidden_from")

    def change(_product_id: int, target: Snapshot) -> None:
        own = target["product"]
        own["status"] = ProductStatus.ACTIVE
        if visible_from is not None:
            own["published_at"] = visible_from.isoformat()
        own["unpublished_at"] = hidden_from.isoformat() if hidden_from else None

    return _change(product_ids, change, actor=actor, note=note)


def organise_products(
    *,
    product_ids: Sequence[int],
    actor: str,
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
    add_category_id: int | None = None,
    replaces_categories: bool = False,
    add_collection_id: int | None = None,
    brand: str = "",
    note: str = "",
) -> BulkReport:
    """Give products tags, a category (beside theirs, or instead), a hand-picked collection, a brand; or take tags away.

    Raises InvalidInput for a category, collection or brand that there is not.
    """
    if add_category_id and not Category.objects.filter(pk=add_category_id).exists():
        raise InvalidInput(field="category")
    manual = Collection.objects.filter(kind=CollectionKind.MANUAL)
    if add_collection_id and not manual.filter(pk=add_collection_id).exists():
        raise InvalidInput(field="collection")
    if brand and not Brand.objects.filter(name=brand).exists():
        raise InvalidInput(field="brand")

    def change(_product_id: int, target: Snapshot) -> None:
        target["tags"] = sorted({*target["tags"], *add_tags} - set(remove_tags))
        if add_category_id:
            kept = [] if replaces_categories else target["categories"]
            target["categories"] = sorted({*kept, add_category_id})
        if add_collection_id:
            target["collections"] = sorted({*target["collections"], add_collection_id})
        if brand:
            target["product"]["brand"] = brand

    return _change(product_ids, change, actor=actor, note=note)


def change_prices(*, product_ids: Sequence[int], rule: PriceRule, actor: str, note: str = "") -> BulkReport:
    """Change the prices of one currency by a rule; a variant without a price there stays without. InvalidPrice."""

    def change(_product_id: int, target: Snapshot) -> None:
        for entry in target["variants"].values():
            price = entry["prices"].get(rule.currency)
            if price is not None:
                entry["prices"][rule.currency] = list(rule.applied(*price))

    return _change(product_ids, change, actor=actor, note=note)


def preview_prices(*, product_ids: Sequence[int], rule: PriceRule, limit: int = 50) -> tuple[list[PriceStep], int]:
    """Return what `change_prices` would do: the first variants with their old and new prices, and how many change."""
    steps: list[PriceStep] = []
    count = 0
    found = snapshots.read(product_ids[:MOST_PRODUCTS])
    for product_id, snapshot in found.items():
        names = {value[0]: value[1] for option in snapshot["options"] for value in option[3]}
        for entry in snapshot["variants"].values():
            price = entry["prices"].get(rule.currency)
            if price is None or list(rule.applied(*price)) == price:
                continue
            count += 1
            if len(steps) < limit:
                title = " / ".join(names[pk] for pk in entry["values"])
                after, former = rule.applied(*price)
                steps.append(PriceStep(product_id, snapshot["product"]["title"], title, price[0], after, former))
    return steps, count


@transaction.atomic
def delete_products(*, product_ids: Sequence[int], actor: str) -> int:
    """Remove products for good, with their variants and stock; lines of past orders keep what was bought.

    Not a change set: it cannot be taken back. Returns how many there were.
    """
    ids = list(
        Product.objects.filter(pk__in=list(product_ids)[:MOST_PRODUCTS]).order_by("pk").values_list("pk", flat=True)
    )
    for product_id in ids:
        delete_product(product_id=product_id, actor=actor)
    return len(ids)
