"""One product of a file into the shop, through the verbs of the rooms that own its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace

from django.db import DatabaseError, transaction

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput, sentence
from duli.base.money import Money
from duli.base.text import one_line, slugify
from duli.commerce.catalogue.models import Product, ProductMedia, Variant
from duli.commerce.catalogue.services import KnownNames, create_products, is_plain, save_product
from duli.commerce.catalogue.types import OptionDraft, OptionValueDraft, ProductDraft, Safety, VariantDraft
from duli.commerce.exchange.checksums import product_checksum, variant_checksum
from duli.commerce.exchange.formats import Format
from duli.commerce.exchange.models import ImportedRecord
from duli.commerce.exchange.services.known import OWN, Known
from duli.commerce.exchange.services.later import Later, cost_of, level_rules, wishes_of
from duli.commerce.exchange.services.structure import Structure
from duli.commerce.exchange.types import (
    HandleChanged,
    ImportedProduct,
    ImportedVariant,
    NotStored,
    Refusal,
    StockNotSet,
    UnknownLocation,
    VariantsRemoved,
)
from duli.commerce.inventory.models import StockMovement
from duli.commerce.inventory.services import FirstStock, adjust, open_levels
from duli.commerce.pricing.types import PriceInput


@dataclass(slots=True)
class Saved:
    """What saving one product did; prices and costs are stored by the caller, for many products at once, and what
    needs other products of the file (`later`) when all of them are there."""

    product_id: int
    is_new: bool
    prices: list[PriceInput] = field(default_factory=list)
    costs: dict[int, Money | None] = field(default_factory=dict)
    later: list[Later] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)


class Saver:
    """Saves products of one run. `locations` maps a location's code ("" is the default one) to its id."""

    def __init__(self, *, kind: Format, actor: str, locations: Mapping[str, int], reference: str) -> None:
        self._kind = kind
        self._actor = actor
        self._locations = locations
        self._reference = reference
        self._names = KnownNames()
        self.structure = Structure(actor)

    def forget(self) -> None:
        """Forget what was found or made by name: it may have been taken back."""
        self._names.forget()
        self.structure.forget()

    def save_new(self, entries: Sequence[tuple[ImportedProduct, Mapping[str, int]]]) -> list[Saved | None]:
        """Create products the shop does not have, all those at once about which there can be no doubt.

        None in the answer marks a product that is left for `save`, which may refuse it.
        """
        results: list[Saved | None] = [None] * len(entries)
        try:
            with transaction.atomic():
                self._create(entries, results)
        except (DuliError, DatabaseError):
            self.forget()
            return [None] * len(entries)
        return results

    def _create(
        self, entries: Sequence[tuple[ImportedProduct, Mapping[str, int]]], results: list[Saved | None]
    ) -> None:
        skus = {variant.sku for product, _ in entries for variant in product.variants if variant.sku}
        taken = set(Variant.objects.filter(sku__in=skus, is_active=True).values_list("sku", flat=True))
        wanted = {slugify(product.handle)[:150] for product, _ in entries}
        used = set(Product.objects.filter(handle__in=wanted).values_list("handle", flat=True))
        places, drafts = [], []
        for place, (product, assets) in enumerate(entries):
            handle = slugify(product.handle)[:150]
            if not handle or handle in used:
                continue
            try:
                draft = self._draft(product, None, assets, False, handle)
            except DuliError:
                continue
            if is_plain(draft, taken) and not _unknown_locations(product, self._locations):
                used.add(handle)
                places.append(place)
                drafts.append(draft)
        made = create_products(drafts=drafts, actor=self._actor, known=self._names) if drafts else []
        stock: list[FirstStock] = []
        records = []
        for place, (stored, variants) in zip(places, made, strict=True):
            product, assets = entries[place]
            saved = Saved(stored.pk, True)
            for imported, variant in zip(product.variants, variants, strict=True):
                saved.prices += _prices(imported, variant.pk)
                saved.costs |= cost_of(imported, variant.pk)
                stock += self._first(imported, variant.pk, stored.pk)
            saved.later = wishes_of(product, stored.pk, [variant.pk for variant in variants], is_new=True)
            results[place] = saved
            if self._kind.source != OWN:
                records.append(self._record(product, stored.pk, assets))
        open_levels(stock=stock, reason=StockMovement.Reason.IMPORTED, actor=self._actor, reference=self._reference)
        _keep(records)

    def _first(self, variant: ImportedVariant, variant_id: int, product_id: int) -> list[FirstStock]:
        levels = variant.levels or {}
        return [
            FirstStock(
                variant_id,
                product_id,
                self._locations[code],
                variant.stock.get(code, 0),
                *(astuple(levels[code]) if code in levels else ()),
            )
            for code in dict.fromkeys([*variant.stock, *levels])
        ]

    def save(self, product: ImportedProduct, known: Known | None, assets: Mapping[str, int]) -> Saved:
        """Create or change the product in a savepoint of its own. Raises DuliError; then nothing of it is kept."""
        try:
            with transaction.atomic():
                return self._save(product, known, assets)
        except DuliError:
            self.forget()
            raise
        except DatabaseError as error:
            self.forget()
            raise NotStored(field="product", detail=one_line(str(error), 120)) from error

    def _save(self, product: ImportedProduct, known: Known | None, assets: Mapping[str, int]) -> Saved:
        keeps_variants = known is not None and not known.has_own_variants
        unknown = _unknown_locations(product, self._locations)
        if unknown:
            raise UnknownLocation(field="stock", code=min(unknown))
        draft = self._draft(product, known, assets, keeps_variants)
        saved = save_product(draft=draft, actor=self._actor, product_id=known.product_id if known else None)
        result = Saved(saved.pk, known is None)
        if known is None and product.handle and saved.handle != slugify(product.handle)[:150]:
            change = HandleChanged(field="handle", wanted=product.handle, handle=saved.handle)
            result.notes.append(Refusal(product.row, product.key, "product", change))
        if not keeps_variants:
            self._variants(product, known, saved.pk, result)
        if self._kind.source != OWN:
            entry = self._record(product, saved.pk, assets)
            if known and keeps_variants:
                entry.variants = dict(known.variants)
            _keep([entry])
        return result

    def _draft(
        self,
        product: ImportedProduct,
        known: Known | None,
        assets: Mapping[str, int],
        keeps_variants: bool,
        handle: str = "",
    ) -> ProductDraft:
        media = [assets[image.address] for image in product.images if image.address in assets]
        if product.keep_product and known:
            draft = self._kept(known, media)
        else:
            draft = self._whole(product, known, media, handle)
        if keeps_variants:
            return draft
        for variant in product.variants:
            if len(" / ".join(variant.option_values)) > 255:
                raise InvalidInput(field="variant")
        return replace(
            draft,
            options=[
                OptionDraft(
                    option.name,
                    [
                        OptionValueDraft(value, option.swatches.get(value, ""), option.value_texts.get(value, {}))
                        for value in option.values
                    ],
                    option.texts,
                )
                for option in product.options
            ],
            variants=[
                VariantDraft(
                    option_values=variant.option_values,
                    sku=variant.sku,
                    barcode=variant.barcode,
                    weight_grams=variant.weight_grams,
                    tax_class=variant.tax_class,
                    hs_code=variant.hs_code,
                    origin_country=variant.origin_country,
                    requires_shipping=variant.requires_shipping,
                    tracks_stock=variant.tracks_stock,
                    image_id=assets.get(variant.image),
                    content=variant.content,
                )
                for variant in product.variants
            ],
        )

    def _whole(self, product: ImportedProduct, known: Known | None, media: list[int], handle: str) -> ProductDraft:
        if known is None and not handle and product.handle:
            wanted = slugify(product.handle)[:150]
            # Nothing in the shop is overwritten because it happens to have the same address.
            handle = _free_handle(wanted) if wanted else ""
        return ProductDraft(
            title=product.title,
            handle=handle,
            description_html=product.description_html,
            status=product.status,
            published_at=product.published_at,
            unpublished_at=product.unpublished_at,
            product_type=product.product_type,
            brand=product.brand,
            tax_class=product.tax_class,
            hs_code=product.hs_code,
            origin_country=product.origin_country,
            seo_title=product.seo_title,
            seo_description=product.seo_description,
            source=f"{self._kind.source}:{product.key}"[:200],
            texts=product.texts,
            tags=product.tags,
            category_ids=[self.structure.category(path) for path in product.categories],
            collection_ids=[
                pk for title in product.collections if (pk := self.structure.collection(title)) is not None
            ],
            media_ids=media,
            attributes=[self.structure.attribute(*parts) for parts in product.attributes],
            safety=self._safety(product),
            is_gift_card=product.is_gift_card,
        )

    def _safety(self, product: ImportedProduct) -> Safety | None:
        told = product.safety
        if told is None:
            return None
        return Safety(self.structure.contact(told.maker), self.structure.contact(told.responsible), told.text)

    def _kept(self, known: Known, media: list[int]) -> ProductDraft:
        """Return the product as it is, for files that bring variants only."""
        stored = Product.objects.select_related("brand", "product_type").get(pk=known.product_id)
        pictures = ProductMedia.objects.filter(product=stored).values_list("asset_id", flat=True)
        return ProductDraft(
            title=stored.title,
            description_html=stored.description_html,
            status=stored.status,
            published_at=stored.published_at,
            unpublished_at=stored.unpublished_at,
            product_type=stored.product_type.name if stored.product_type else "",
            brand=stored.brand.name if stored.brand else "",
            tax_class=stored.tax_class,
            hs_code=stored.hs_code,
            origin_country=stored.origin_country,
            seo_title=stored.seo_title,
            seo_description=stored.seo_description,
            source=stored.source,
            media_ids=[*pictures, *media],
        )

    def _variants(self, product: ImportedProduct, known: Known | None, product_id: int, result: Saved) -> None:
        """Set prices and stock of the variants that are new or changed."""
        rows = Variant.objects.filter(product_id=product_id, is_active=True).order_by("position", "pk")
        ids = list(rows.values_list("pk", flat=True))
        before = known.variants if known else {}
        for variant, variant_id in zip(product.variants, ids, strict=True):
            checksum, stock = _seen(before, variant.option_values)
            if checksum != variant_checksum(variant):
                result.prices += _prices(variant, variant_id)
                result.costs |= cost_of(variant, variant_id)
            for code, counted in variant.stock.items():
                # What was sold since the last import is not put back by importing the same number again.
                if stock.get(code) == counted:
                    continue
                try:
                    adjust(
                        variant_id=variant_id,
                        location_id=self._locations[code],
                        reason=StockMovement.Reason.IMPORTED,
                        actor=self._actor,
                        counted=counted,
                        reference=self._reference,
                    )
                except DuliError as error:
                    name = variant.sku or " / ".join(variant.option_values) or product.title
                    kept = StockNotSet(field="stock", variant=name, reason=sentence(error))
                    result.notes.append(Refusal(variant.row, product.key, "variant", kept))
            if checksum != variant_checksum(variant) and variant.levels is not None:
                result.notes += level_rules(product, variant, variant_id, self._locations)
        result.later = wishes_of(product, product_id, ids, is_new=known is None)
        gone = len(set(before) - {" / ".join(variant.option_values) for variant in product.variants})
        if gone:
            result.notes.append(
                Refusal(product.row, product.key, "product", VariantsRemoved(field="variants", count=gone))
            )

    def _record(self, product: ImportedProduct, product_id: int, assets: Mapping[str, int]) -> ImportedRecord:
        return ImportedRecord(
            source=self._kind.code,
            key=product.key,
            checksum=product_checksum(product),
            object_id=product_id,
            variants={
                " / ".join(variant.option_values): [variant_checksum(variant), dict(variant.stock)]
                for variant in product.variants
            },
            images={image.address: assets[image.address] for image in product.images if image.address in assets},
            facts=dict(product.facts),
            updated_at=now(),
        )


def _keep(records: Sequence[ImportedRecord]) -> None:
    """Store what products were made of, over what was remembered of them before."""
    ImportedRecord.objects.bulk_create(
        records,
        update_conflicts=True,
        unique_fields=["source", "key"],
        update_fields=["checksum", "object_id", "variants", "images", "facts", "updated_at"],
        batch_size=200,
    )


def _unknown_locations(product: ImportedProduct, locations: Mapping[str, int]) -> set[str]:
    codes = {code for variant in product.variants for code in [*variant.stock, *(variant.levels or {})]}
    return codes - set(locations)


def _prices(variant: ImportedVariant, variant_id: int) -> list[PriceInput]:
    return [PriceInput(variant_id, price.currency, price.minor, price.compare_at_minor) for price in variant.prices]


def _seen(before: Mapping[str, object], option_values: tuple[str, ...]) -> tuple[str, Mapping[str, int]]:
    entry = before.get(" / ".join(option_values))
    if not isinstance(entry, (list, tuple)):
        return "", {}
    return str(entry[0]), entry[1]


def _free_handle(wanted: str) -> str:
    """Return `wanted`, or with the first number behind it that is free; no search through all handles."""
    number = 1
    while True:
        candidates = [wanted if step == 1 else f"{wanted}-{step}" for step in range(number, number + 20)]
        taken = set(Product.objects.filter(handle__in=candidates).values_list("handle", flat=True))
        free = next((candidate for candidate in candidates if candidate not in taken), None)
        if free:
            return free
        number += 20
