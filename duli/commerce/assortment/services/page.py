"""Saving a product as its editor shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from duli.base.money import Money
from duli.commerce.assortment.types import AssetFacts, EditConflict, VariantFacts
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import ProductDraft, VariantsInUse
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services import adjust_cells
from duli.commerce.inventory.types import CellCount
from duli.commerce.pricing.services import remove_prices, set_costs, set_prices
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions import snapshots
from duli.commerce.revisions.merging import merge
from duli.commerce.revisions.models import ChangeKind, ProductRevision
from duli.commerce.revisions.services import open_change_set, recording, save_snapshot
from duli.commerce.revisions.types import Path, Snapshot
from duli.platform.media.services import update_asset
from duli.platform.store.translations import save_texts


@dataclass(frozen=True, slots=True)
class MergeChoice:
    """How to go on after an EditConflict: over which version, and which of the fields both changed stay mine."""

    over_version: int
    keep_mine: frozenset[Path] = frozenset()


class _Rehearsed(Exception):
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot


@transaction.atomic
def save_product_page(
    *,
    draft: ProductDraft,
    facts: Sequence[VariantFacts],
    actor: str,
    assets: Mapping[int, AssetFacts] | None = None,
    reason: str = StockMovement.Reason.COUNTED,
    product_id: int | None = None,
    expected_version: int | None = None,
    merging: MergeChoice | None = None,
    accepted_losses: Collection[int] = (),
) -> Product:
    """Save a product with prices, costs, counts and words for its pictures, or nothing at all; a revision is kept.

    `expected_version` is the version the page was opened with. If the product is newer, EditConflict tells what
    changed; with `merging` both people's changes are put together instead. `accepted_losses` are variants that may
    leave the shop although they hold stock or are promised to orders, else VariantsInUse. `reason` goes to the
    ledger with each count that changed. Raises besides what the rooms raise: InvalidInput, HandleTaken, SkuTaken,
    InvalidVariants, TooManyVariants, InvalidPrice, StockConflict, BelowReserved.
    """
    change_set = open_change_set(kind=ChangeKind.EDITOR, actor=actor)
    with recording(change_set=change_set, product_ids=[product_id] if product_id else []) as recorder:
        before = set(Variant.objects.filter(product_id=product_id or 0, is_active=True).values_list("pk", flat=True))
        stored = Product.objects.filter(pk=product_id).first() if product_id else None
        if stored is not None and expected_version is not None and stored.version != expected_version:
            product = _merge(stored, recorder.before[stored.pk], draft, facts, actor, expected_version, merging)
        else:
            product = _save(draft, facts, actor, product_id)
        if product_id is None:
            recorder.created(product.pk)
        _check_losses(product.pk, before, accepted_losses)
        for asset_id, said in (assets or {}).items():
            _describe(asset_id, said, actor)
        _count(product.pk, facts, reason, actor)
    product.refresh_from_db()
    return product


def _save(draft: ProductDraft, facts: Sequence[VariantFacts], actor: str, product_id: int | None) -> Product:
    product = save_product(draft=draft, actor=actor, product_id=product_id)
    ids = _ids_by_names(product.pk)
    prices: list[PriceInput] = []
    gone: dict[str, list[int]] = {}
    costs: dict[int, Money | None] = {}
    for entry in facts:
        pk = ids[entry.names]
        for currency, price in entry.prices.items():
            if price is None:
                gone.setdefault(currency, []).append(pk)
            else:
                prices.append(PriceInput(pk, currency, *price))
        if entry.changes_cost:
            costs[pk] = entry.cost
    if prices:
        set_prices(prices=prices, actor=actor)
    for currency, variant_ids in gone.items():
        remove_prices(variant_ids=variant_ids, currency=currency)
    if costs:
        set_costs(costs=costs)
    return product


def _merge(
    stored: Product,
    theirs: Snapshot,
    draft: ProductDraft,
    facts: Sequence[VariantFacts],
    actor: str,
    expected_version: int,
    merging: MergeChoice | None,
) -> Product:
    """Put my page and their save together; my page alone is rehearsed first, and taken back, to see what it says."""
    try:
        with transaction.atomic():
            _save(draft, facts, actor, stored.pk)
            raise _Rehearsed(snapshots.read([stored.pk])[stored.pk])
    except _Rehearsed as rehearsed:
        mine = rehearsed.snapshot
    revision = ProductRevision.objects.filter(product_id=stored.pk, version=expected_version).exclude(digest="").first()
    merged = merge(
        base=snapshots.unpack(revision.content) if revision else None,
        mine=mine,
        theirs=theirs,
        keep_mine=merging.keep_mine if merging else frozenset(),
    )
    if merging is None or merging.over_version != stored.version:
        raise EditConflict(merged=merged, version=stored.version)
    return save_snapshot(product_id=stored.pk, target=merged.snapshot, current=theirs, actor=actor)


def _ids_by_names(product_id: int) -> dict[tuple[str, ...], int]:
    product = Product.objects.get(pk=product_id)
    values = {
        value.pk: value.name for option in product.options.prefetch_related("values") for value in option.values.all()
    }
    rows = Variant.objects.filter(product_id=product_id, is_active=True).values_list("pk", "option_value_ids")
    return {tuple(values[key] for key in value_ids): pk for pk, value_ids in rows}


def _check_losses(product_id: int, before: set[int], accepted: Collection[int]) -> None:
    """Refuse to let go of variants that hold stock or are promised to orders, unless somebody agreed to each."""
    still = set(Variant.objects.filter(product_id=product_id, is_active=True).values_list("pk", flat=True))
    leaving = before - still - set(accepted)
    if not leaving:
        return
    levels = StockLevel.objects.filter(variant_id__in=leaving)
    used = set(levels.exclude(on_hand=0, reserved=0).values_list("variant_id", flat=True))
    if used:
        names = dict(Variant.objects.filter(pk__in=used).order_by("position").values_list("pk", "title"))
        raise VariantsInUse(names=list(names.values()), ids=list(names))


def _describe(asset_id: int, said: AssetFacts, actor: str) -> None:
    update_asset(asset_id=asset_id, actor=actor, alt=said.alt, focal_x=said.focal_x, focal_y=said.focal_y)
    for language, text in said.texts.items():
        save_texts(kind="asset", object_id=asset_id, language=language, values={"alt": text})


def _count(product_id: int, facts: Sequence[VariantFacts], reason: str, actor: str) -> None:
    if not any(entry.counts for entry in facts):
        return
    ids = _ids_by_names(product_id)
    cells = [
        CellCount(ids[entry.names], count.location_id, count.counted, count.seen)
        for entry in facts
        if entry.names in ids
        for count in entry.counts
    ]
    adjust_cells(cells=cells, reason=reason, actor=actor)
