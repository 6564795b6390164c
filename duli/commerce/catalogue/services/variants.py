"""The matrix of a product: its options, their values, and one variant per combination."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as combinations

from django.db.models import QuerySet

from duli.commerce.catalogue.models import OptionValue, Product, ProductOption, Variant
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
from duli.platform.store.translations import delete_texts, save_texts

FIELDS = ["sku", "barcode", "weight_grams", "hs_code", "requires_shipping", "tracks_stock", "image_id"]


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
    them. Runs in the caller's transaction. Raises InvalidVariants, SkuTaken, TooManyVariants.
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
    remove_options(product.options.exclude(name__in=names))
    existing = {option.name: option for option in product.options.prefetch_related("values")}
    for position, draft in enumerate(options):
        option = existing.get(draft.name.strip())
        if option is None:
            option = ProductOption.objects.create(product=product, name=draft.name.strip(), position=position)
            values: dict[str, OptionValue] = {}
        else:
            values = {value.name: value for value in option.values.all()}
            if option.position != position:
                option.position = position
                option.save(update_fields=["position"])
        for language, text in draft.texts.items():
            save_texts(kind="option", object_id=option.pk, language=language, values={"name": text})
        wanted = [value.name.strip() for value in draft.values]
        if len(set(wanted)) != len(wanted) or not all(wanted):
            raise InvalidVariants(detail=draft.name)
        _remove_values(option.values.exclude(name__in=wanted))
        for place, value_draft in enumerate(draft.values):
            value = values.get(value_draft.name.strip())
            if value is None:
                value = OptionValue.objects.create(
                    option=option, name=value_draft.name.strip(), swatch=value_draft.swatch, position=place
                )
            elif (value.swatch, value.position) != (value_draft.swatch or value.swatch, place):
                value.swatch = value_draft.swatch or value.swatch
                value.position = place
                value.save(update_fields=["swatch", "position"])
            for language, text in value_draft.texts.items():
                save_texts(kind="option_value", object_id=value.pk, language=language, values={"name": text})


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
    kept: set[int] = set()
    seen: set[str] = set()
    fresh: list[Variant] = []
    changed: list[Variant] = []
    planned: list[tuple[VariantDraft, Variant | None, list[int], str, int]] = []
    for position, draft in enumerate(drafts):
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
        planned.append((draft, variant, value_ids, combination, position))
    # Removed ones first, then a neutral combination for those that swap places: both are unique in the table.
    product.variants.exclude(pk__in=kept).filter(is_active=True).update(is_active=False)
    for draft, variant, value_ids, combination, position in planned:
        if variant is None:
            variant = Variant(product=product)
            fresh.append(variant)
        else:
            if variant.is_active and variant.combination != combination:
                Variant.objects.filter(pk=variant.pk).update(combination=f"moving-{variant.pk}")
            changed.append(variant)
        variant.position = position
        variant.option_value_ids = value_ids
        variant.combination = combination
        variant.title = " / ".join(name.strip() for name in draft.option_values)
        variant.is_active = True
        for name in FIELDS:
            setattr(variant, name, getattr(draft, name))
    Variant.objects.bulk_update(
        changed, ["position", "option_value_ids", "combination", "title", "is_active", *FIELDS], batch_size=200
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
