"""What variants are called in a language, and what bundles consist of in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duli.commerce.catalogue.models import OptionValue, Variant
from duli.commerce.catalogue.selectors import bundles
from duli.platform.store.selectors import current_store
from duli.platform.store.translations import texts


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A component of a bundle as it is read: `quantity` units of it are in one bundle."""

    variant_id: int
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    quantity: int
    weight_grams: int = 0
    """Of one unit of the component, as it is now."""

    @property
    def label(self) -> str:
        """What one bundle holds of it: "2 × Cup – Blue"."""
        return part_label(self.title, self.variant_title, self.quantity)


def part_label(title: str, variant_title: str, units: int) -> str:
    return f"{units} × {' – '.join(filter(None, [title, variant_title]))}"


def whole_weight(own_grams: int, parts: Iterable[NamedPart]) -> int:
    """Return what one unit weighs: a bundle that says nothing of its own weighs what its components do."""
    return own_grams or sum(part.weight_grams * part.quantity for part in parts)


def variant_titles(variants: Sequence[Variant], language: str) -> dict[int, tuple[str, str]]:
    """Return (product title, variant title) in `language` per variant; empty in the store's own language."""
    if language == current_store().default_language:
        return {}
    products = texts("product", {variant.product_id for variant in variants}, language)
    value_ids = {value_id for variant in variants for value_id in variant.option_value_ids}
    names = dict(OptionValue.objects.filter(pk__in=value_ids).values_list("pk", "name")) if value_ids else {}
    own = texts("option_value", value_ids, language) if value_ids else {}
    return {
        variant.pk: (
            products.get(variant.product_id, {}).get("title") or variant.product.title,
            " / ".join(
                own.get(value_id, {}).get("name") or names.get(value_id, "") for value_id in variant.option_value_ids
            ),
        )
        for variant in variants
    }


def named_parts(variant_ids: Iterable[int], language: str) -> dict[int, tuple[NamedPart, ...]]:
    """Return what each bundle among the variants consists of, in words; nothing is read where none is a bundle."""
    known = bundles().components
    made_of = {pk: known[pk] for pk in variant_ids if pk in known}
    if not made_of:
        return {}
    rows = (
        Variant.objects.filter(pk__in={part.variant_id for parts in made_of.values() for part in parts})
        .select_related("product")
        .defer("product__description_html", "product__seo_description")
    )
    variants = {variant.pk: variant for variant in rows}
    translated = variant_titles(list(variants.values()), language)
    found = {}
    for pk, parts in made_of.items():
        named = []
        for part in parts:
            variant = variants.get(part.variant_id)
            if variant is None:
                continue
            title, variant_title = translated.get(variant.pk, (variant.product.title, variant.title))
            named.append(
                NamedPart(
                    variant_id=variant.pk,
                    product_id=variant.product_id,
                    product_handle=variant.product.handle,
                    title=title,
                    variant_title=variant_title,
                    sku=variant.sku,
                    quantity=part.quantity,
                    weight_grams=variant.weight_grams,
                )
            )
        found[pk] = tuple(named)
    return found
