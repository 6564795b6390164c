"""What a product of our own file says beyond itself: bundles and related products, set when all products are there;
costs, files, and the rules of stock levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from duli.base.errors import DuliError, sentence
from duli.base.money import Money
from duli.commerce.assortment.services.bundles import write_bundle, write_dissolved
from duli.commerce.catalogue.models import Bundle, Product, RelatedProduct
from duli.commerce.catalogue.services import set_related
from duli.commerce.catalogue.types import Component
from duli.commerce.exchange.parts import variants_called
from duli.commerce.exchange.types import (
    FileNotHere,
    ImportedBundle,
    ImportedFile,
    ImportedLevel,
    ImportedProduct,
    ImportedVariant,
    PartMissing,
    PartNotSet,
    Refusal,
    RelatedMissing,
)
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.services import set_level_rules
from duli.commerce.revisions.parts import variant_parts
from duli.platform.store.selectors import languages
from duli.platform.store.translations import texts


@dataclass(frozen=True, slots=True)
class Later:
    """What one variant (or, for `related`, one product) is to become once everything of the file is there."""

    product_id: int
    row: int
    key: str
    variant_id: int = 0
    bundle: ImportedBundle | None = None
    files: tuple[ImportedFile, ...] | None = None
    related: tuple[str, ...] | None = None


def wishes_of(product: ImportedProduct, product_id: int, variant_ids: Sequence[int], *, is_new: bool) -> list[Later]:
    """Return what there is to do later; for a new product only what it has, for others also what it no longer has."""
    found = []
    if product.related or (product.related is not None and not is_new):
        found.append(Later(product_id, product.row, product.key, related=product.related))
    for variant, pk in zip(product.variants, variant_ids, strict=True):
        bundle = variant.bundle if variant.bundle and (variant.bundle.parts or not is_new) else None
        files = variant.files if variant.files or not is_new else None
        if bundle is not None or files is not None:
            found.append(Later(product_id, variant.row, product.key, pk, bundle, files))
    return found


def do_later(wishes: Sequence[Later], actor: str) -> list[Refusal]:
    """Set bundles, files and related products as wished, in the caller's transaction; return what could not be."""
    notes: list[Refusal] = []
    bundles = {
        row.variant_id: row
        for row in Bundle.objects.filter(
            variant_id__in=[wish.variant_id for wish in wishes if wish.bundle]
        ).prefetch_related("components")
    }
    called = variants_called(name for wish in wishes if wish.bundle for _units, name in wish.bundle.parts)
    files = variant_parts.get("files")
    there = files.read([wish.variant_id for wish in wishes if wish.files is not None])
    for wish in wishes:
        problems: Iterable[DuliError] = ()
        if wish.related is not None:
            problems = _relate(wish, wish.related, actor)
        if wish.bundle is not None:
            problems = [*problems, *_bundle(wish, wish.bundle, bundles.get(wish.variant_id), called, actor)]
        if wish.files is not None:
            wanted = [(entry.name, entry.days, entry.most) for entry in wish.files]
            if wanted != [tuple(entry[1:]) for entry in there.get(wish.variant_id, ())]:
                missing = files.write(wish.variant_id, [(0, *entry) for entry in wanted], actor)
                problems = [*problems, *(FileNotHere(field="files", name=name) for name in missing)]
        notes += [Refusal(wish.row, wish.key, "variant", problem) for problem in problems]
    return notes


def _relate(wish: Later, handles: Sequence[str], actor: str) -> list[DuliError]:
    ids = dict(Product.objects.filter(handle__in=handles).values_list("handle", "pk"))
    wanted = [ids[handle] for handle in handles if handle in ids]
    rows = RelatedProduct.objects.filter(product_id=wish.product_id).order_by("position", "pk")
    if wanted != list(rows.values_list("related_id", flat=True)):
        set_related(product_id=wish.product_id, related_ids=wanted, actor=actor)
    return [RelatedMissing(field="related", handle=handle) for handle in handles if handle not in ids]


def _bundle(
    wish: Later, wanted: ImportedBundle, stored: Bundle | None, called: Mapping[str, int], actor: str
) -> list[DuliError]:
    missing = [name for _units, name in wanted.parts if name not in called]
    if missing:
        return [PartMissing(field="bundle", part=missing[0])]
    parts = [Component(called[name], units) for units, name in wanted.parts]
    if stored is not None:
        now = [Component(part.variant_id, part.quantity) for part in stored.components.all()]
        if (now, stored.price_mode, stored.percent_off) == (parts, wanted.price_mode, wanted.percent_off):
            return []
    try:
        if parts:
            write_bundle(
                variant_id=wish.variant_id,
                components=parts,
                price_mode=wanted.price_mode,
                percent_off=wanted.percent_off,
                actor=actor,
            )
        elif stored is not None:
            write_dissolved(variant_id=wish.variant_id, actor=actor)
    except DuliError as error:
        return [PartNotSet(field="bundle", column="Bundle of", variant=wish.key, reason=sentence(error))]
    return []


def cost_of(variant: ImportedVariant, variant_id: int) -> dict[int, Money | None]:
    """Return the cost to store, if the file tells one."""
    if variant.cost is None:
        return {}
    return {variant_id: Money(variant.cost.minor, variant.cost.currency) if variant.cost.currency else None}


def _told(level_ids: Sequence[int]) -> Mapping[int, tuple[tuple[str, str], ...]]:
    """Return the promises of levels in other languages; a query for each language."""
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for language in sorted(languages()[1:]):
        for level_id, words in texts("stock_level", level_ids, language).items():
            found[level_id] = (*found.get(level_id, ()), (language, words["promise"]))
    return found


def level_rules(
    product: ImportedProduct, variant: ImportedVariant, variant_id: int, locations: Mapping[str, int]
) -> list[Refusal]:
    """Set the rules of a variant's levels where they are not what the file says; return what could not be."""
    levels = list(StockLevel.objects.filter(variant_id=variant_id))
    told = _told([level.pk for level in levels])
    now = {
        level.location_id: ImportedLevel(
            level.low_stock_threshold,
            level.backorder_limit,
            level.backorder_promise,
            level.backorder_on,
            told.get(level.pk, ()),
        )
        for level in levels
    }
    notes = []
    for code, location_id in locations.items():
        wanted = (variant.levels or {}).get(code, ImportedLevel())
        if not code or now.get(location_id, ImportedLevel()) == wanted:
            continue
        try:
            set_level_rules(
                variant_id=variant_id,
                location_id=location_id,
                threshold=wanted.threshold,
                backorder_limit=wanted.backorder_limit,
                promise=wanted.promise,
                promised_on=wanted.promised_on,
                texts=dict.fromkeys(languages()[1:], "") | dict(wanted.texts),
            )
        except DuliError as error:
            name = variant.sku or " / ".join(variant.option_values) or product.title
            kept = PartNotSet(field="stock", column=f"[{code}]", variant=name, reason=sentence(error))
            notes.append(Refusal(variant.row, product.key, "variant", kept))
    return notes
