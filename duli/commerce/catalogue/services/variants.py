"""The matrix of a product: its options, their values, and one variant per combination."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product as combinations
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.models import OptionValue, Product, ProductOption, Variant
from duli.commerce.catalogue.selectors import bundles
from duli.commerce.catalogue.types import (
    MAXIMUM_OPTIONS,
    MAXIMUM_VARIANTS,
    InvalidVariants,
    OptionDraft,
    OptionValueDraft,
    SkuTaken,
    TooManyVariants,
    VariantDraft,
)
from duli.commerce.catalogue.units import parse_content
from duli.platform.store.translations import delete_texts, save_texts

FIELDS = [
    *("sku", "barcode", "weight_grams", "tax_class", "hs_code", "origin_country", "requires_shipping", "tracks_stock"),
    "image_id",
]
TAX_CLASS = re.compile(r"(?:[a-z0-9][a-z0-9_-]{0,39})?")
_ASIDE = "\x01"


def all_combinations(options: Sequence[OptionDraft]) -> list[VariantDraft]:
    """Return one empty variant draft per combination of the options' values."""
    return [
        VariantDraft(option_values=names)
        for names in combinations(*[[value.name for value in option.values] for option in options])
    ]


def save_matrix(
    *, product: Product, options: Sequence[OptionDraft] | None, variants: Sequence[VariantDraft] | None
) -> None:
    """Make the product's options and variants exactly the given ones (None: options stay).

    Variants that are no longer wanted are deactivated, not deleted: orders and the stock ledger point at
    them. Runs in the caller's transaction. Raises InvalidVariants, SkuTaken, TooManyVariants, InvalidInput (content).
    """
    if options is not None:
        _save_options(product, options)
    stored = list(product.options.prefetch_related("values"))
    if variants is None:
        drafts = [OptionDraft(o.name, [_value_draft(v) for v in o.values.all()]) for o in stored]
        variants = all_combinations(drafts) if product.variants.count() == 0 or options is not None else None
        if variants is None:
            return
    if not variants:
        raise InvalidVariants(detail="0")
    if len(variants) > MAXIMUM_VARIANTS:
        raise TooManyVariants(maximum=MAXIMUM_VARIANTS)
    ids = [{value.name: value.pk for value in option.values.all()} for option in stored]
    _save_variants(product, ids, variants)


def _value_draft(value: OptionValue) -> OptionValueDraft:
    return OptionValueDraft(value.name, value.swatch)


def _save_options(product: Product, options: Sequence[OptionDraft]) -> None:
    names = [option.name.strip() for option in options]
    if len(set(names)) != len(names) or not all(names) or len(names) > MAXIMUM_OPTIONS:
        raise InvalidVariants(detail=" / ".join(names))
    for option in options:
        wanted = [value.name.strip() for value in option.values]
        if len(set(wanted)) != len(wanted) or not all(wanted):
            raise InvalidVariants(detail=option.name)
    stored = list(product.options.prefetch_related("values"))
    matched = _match(options, stored, lambda draft: draft.option_id)
    remove_options(product.options.exclude(pk__in=[row.pk for row in matched if row]))
    # A name is unique in the table: those that change theirs step aside first, so that two may swap.
    for draft, row in zip(options, matched, strict=True):
        if row is not None and row.name != draft.name.strip():
            ProductOption.objects.filter(pk=row.pk).update(name=f"{_ASIDE}{row.pk}")
    for position, (draft, row) in enumerate(zip(options, matched, strict=True)):
        name = draft.name.strip()
        if row is None:
            row = ProductOption.objects.create(product=product, name=name, position=position)
        elif (row.name, row.position) != (name, position):
            row.name, row.position = name, position
            row.save(update_fields=["name", "position"])
        _save_values(row, draft.values)
        for language, text in draft.texts.items():
            save_texts(kind="option", object_id=row.pk, language=language, values={"name": text})


def _save_values(option: ProductOption, drafts: Sequence[OptionValueDraft]) -> None:
    matched = _match(drafts, list(option.values.all()), lambda draft: draft.value_id)
    _remove_values(option.values.exclude(pk__in=[row.pk for row in matched if row]))
    for draft, row in zip(drafts, matched, strict=True):
        if row is not None and row.name != draft.name.strip():
            OptionValue.objects.filter(pk=row.pk).update(name=f"{_ASIDE}{row.pk}")
    for position, (draft, row) in enumerate(zip(drafts, matched, strict=True)):
        name = draft.name.strip()
        if row is None:
            row = OptionValue.objects.create(option=option, name=name, swatch=draft.swatch, position=position)
        else:
            swatch = draft.swatch if draft.value_id == row.pk else draft.swatch or row.swatch
            if (row.name, row.swatch, row.position) != (name, swatch, position):
                row.name, row.swatch, row.position = name, swatch, position
                row.save(update_fields=["name", "swatch", "position"])
        for language, text in draft.texts.items():
            save_texts(kind="option_value", object_id=row.pk, language=language, values={"name": text})


def _match(drafts: Sequence[Any], rows: Sequence[Any], key: Callable[[Any], int | None]) -> list[Any]:
    """Return the stored row of each draft or None: by its id, else by its name if no id claims that row."""
    by_id = {row.pk: row for row in rows}
    claimed = {key(draft) for draft in drafts if key(draft) in by_id}
    by_name = {row.name: row for row in rows if row.pk not in claimed}
    matched = []
    used: set[int] = set()
    for draft in drafts:
        row = by_id.get(key(draft) or 0) or by_name.get(draft.name.strip())
        if row is not None and row.pk in used:
            row = None
        if row is not None:
            used.add(row.pk)
        matched.append(row)
    return matched


def remove_options(options: QuerySet[ProductOption]) -> None:
    """Delete options with their values and what all of them are called in other languages."""
    _remove_values(OptionValue.objects.filter(option__in=options))
    delete_texts(kind="option", ids=options.values_list("pk", flat=True))
    options.delete()


def _remove_values(values: QuerySet[OptionValue]) -> None:
    delete_texts(kind="option_value", ids=values.values_list("pk", flat=True))
    values.delete()


def _save_variants(product: Product, ids: list[dict[str, int]], drafts: Sequence[VariantDraft]) -> None:
    existing = list(product.variants.all())
    by_id = {variant.pk: variant for variant in existing}
    by_combination = {variant.combination: variant for variant in existing if variant.is_active}
    by_sku = {variant.sku: variant for variant in existing if variant.sku}
    _check_skus(product, drafts)
    bundled = bundles().components
    planned: list[tuple[VariantDraft, Variant | None, list[int], str]] = []
    kept: set[int] = set()
    seen: set[str] = set()
    for draft in drafts:
        names = [name.strip() for name in draft.option_values]
        if len(names) != len(ids) or any(name not in known for name, known in zip(names, ids, strict=True)):
            raise InvalidVariants(detail=" / ".join(names))
        value_ids = [known[name] for name, known in zip(names, ids, strict=True)]
        combination = "-".join(map(str, value_ids))
        if combination in seen:
            raise InvalidVariants(detail=" / ".join(names))
        seen.add(combination)
        variant = by_id.get(draft.variant_id or 0) or by_combination.get(combination) or by_sku.get(draft.sku)
        if variant is not None and variant.pk in kept:
            variant = None
        if variant is not None:
            kept.add(variant.pk)
        planned.append((draft, variant, value_ids, combination))
    # Removed ones first, then neutral values for those that swap places: combination and SKU are unique in the table.
    product.variants.exclude(pk__in=kept).filter(is_active=True).update(is_active=False)
    fresh: list[Variant] = []
    changed: list[Variant] = []
    moving: list[int] = []
    for position, (draft, variant, value_ids, combination) in enumerate(planned):
        if not TAX_CLASS.fullmatch(draft.tax_class):
            raise InvalidInput(field="tax_class")
        values: dict[str, Any] = {name: getattr(draft, name) for name in FIELDS}
        values |= {
            "position": position,
            "option_value_ids": value_ids,
            "combination": combination,
            "title": " / ".join(name.strip() for name in draft.option_values)[:255],
            "is_active": True,
        }
        if draft.content is not None:
            content = parse_content(draft.content)
            values["content_amount"] = content.amount if content else None
            values["content_unit"] = content.unit if content else ""
        if variant is not None and variant.pk in bundled:
            values["tracks_stock"] = False
        if variant is None:
            fresh.append(Variant(product=product, **values))
            continue
        differing = [name for name, value in values.items() if getattr(variant, name) != value]
        if not differing:
            continue
        if variant.is_active and {"combination", "sku"} & set(differing):
            moving.append(variant.pk)
        for name in differing:
            setattr(variant, name, values[name])
        changed.append(variant)
    if moving:
        Variant.objects.filter(pk__in=moving).update(
            combination=Concat(Value("moving-"), Cast("pk", CharField())), sku=""
        )
    Variant.objects.bulk_update(
        changed,
        [
            *("position", "option_value_ids", "combination", "title", "is_active", "content_amount", "content_unit"),
            *FIELDS,
        ],
        batch_size=200,
    )
    Variant.objects.bulk_create(fresh, batch_size=200)


def _check_skus(product: Product, drafts: Sequence[VariantDraft]) -> None:
    skus = [draft.sku for draft in drafts if draft.sku]
    if len(set(skus)) != len(skus):
        raise SkuTaken(sku=next(sku for sku in skus if skus.count(sku) > 1))
    taken = (
        Variant.objects.filter(sku__in=skus, is_active=True)
        .exclude(product=product)
        .values_list("sku", flat=True)
        .first()
    )
    if taken:
        raise SkuTaken(sku=taken)
