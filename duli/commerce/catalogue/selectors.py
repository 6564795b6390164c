"""Named reads of the catalogue for those who edit it; what shoppers see is read by `assortment`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count
from django.utils.translation import get_language

from duli.commerce.catalogue.documents import KIND
from duli.commerce.catalogue.models import (
    Attribute,
    AttributeValue,
    BundleComponent,
    ProductAttribute,
    ProductType,
    Variant,
)
from duli.commerce.catalogue.models.product import on_sale
from duli.commerce.catalogue.states import LISTED
from duli.commerce.catalogue.types import Bundles, Component
from duli.platform.search.selectors import search
from duli.platform.search.types import SearchQuery
from duli.platform.store.changes import ChangeCache
from duli.platform.store.models import Translation
from duli.platform.store.selectors import current_store

FOUND_BY_WORDS = 200
_rules: ChangeCache[tuple[frozenset[str], frozenset[str]]] = ChangeCache(1)
_bundles: ChangeCache[Bundles] = ChangeCache(1)


@dataclass(frozen=True, slots=True)
class AttributeValueNames:
    """A text that products have for an attribute, how many have it, and {language: name}."""

    text: str
    products: int
    names: dict[str, str] = field(default_factory=dict)


def is_on_sale(variant_id: int, instant: datetime) -> bool:
    """Say whether shoppers may see a variant at `instant` (UTC); it may be sold out (one query)."""
    return Variant.objects.filter(on_sale(instant, through="product__"), pk=variant_id, is_active=True).exists()


def found_by_search(words: str, *, limit: int = FOUND_BY_WORDS) -> list[int]:
    """Return the products that the search finds for somebody who reads in the language of now, best first."""
    language = get_language() or current_store().default_language
    return list(search(SearchQuery(words, KIND, language, limit=limit)).ids)


def translations_of(kind: str, ids: Iterable[int]) -> dict[int, dict[str, dict[str, str]]]:
    """Return ``{id: {language: {field: text}}}`` of things of one kind, in one query; ids without are absent.

    The other half of `services.save_translations`, which says what kinds and fields there are.
    """
    found: dict[int, dict[str, dict[str, str]]] = {}
    rows = Translation.objects.filter(kind=kind, object_id__in=list(ids))
    for object_id, language, name, value in rows.values_list("object_id", "language", "field", "value"):
        found.setdefault(object_id, {}).setdefault(language, {})[name] = value
    return found


def attribute_value_names(attribute_id: int, limit: int = 500) -> list[AttributeValueNames]:
    """Return the texts that products have for an attribute, most frequent first, with their names; three queries.

    The other half of `services.save_attribute_value_names`.
    """
    rows = ProductAttribute.objects.filter(attribute_id=attribute_id).exclude(text="").values("text")
    counted = list(
        rows.annotate(products=Count("product", distinct=True))
        .order_by("-products", "text")
        .values_list("text", "products")[:limit]
    )
    named = AttributeValue.objects.filter(attribute_id=attribute_id, text__in=[text for text, _ in counted])
    by_text = dict(named.values_list("text", "pk"))
    texts = translations_of("attribute_value", by_text.values())
    return [
        AttributeValueNames(
            text,
            products,
            {language: values["name"] for language, values in texts.get(by_text.get(text, 0), {}).items()},
        )
        for text, products in counted
    ]


@dataclass(frozen=True, slots=True)
class ListedValue:
    """A value that a choice or colour may have, how many products have it, and {language: name}."""

    id: int
    text: str
    swatch: str
    products: int
    names: dict[str, str] = field(default_factory=dict)


def listed_values(attribute_id: int) -> list[ListedValue]:
    """Return the list of a choice or colour in its order; three queries."""
    rows = list(AttributeValue.objects.filter(attribute_id=attribute_id))
    used = ProductAttribute.objects.filter(attribute_id=attribute_id).values("text").order_by()
    counts = dict(used.annotate(products=Count("product", distinct=True)).values_list("text", "products"))
    texts = translations_of("attribute_value", [row.pk for row in rows])
    return [
        ListedValue(
            row.pk,
            row.text,
            row.swatch,
            counts.get(row.text, 0),
            {language: values["name"] for language, values in texts.get(row.pk, {}).items()},
        )
        for row in rows
    ]


def attribute_rules() -> tuple[frozenset[str], frozenset[str]]:
    """Return the codes of choices and colours, and the names of product types that need attributes (kept until both
    may have changed)."""
    return _rules.get_or_make("all", _read_rules, ["structure"])


def _read_rules() -> tuple[frozenset[str], frozenset[str]]:
    needing = ProductType.objects.filter(required_attributes__isnull=False)
    return (
        frozenset(Attribute.objects.filter(kind__in=LISTED).values_list("code", flat=True)),
        frozenset(needing.values_list("name", flat=True)),
    )


def bundles() -> Bundles:
    """Return what every bundle consists of; read once per process and again when a bundle changed."""
    return _bundles.get_or_make("all", _read_bundles, ["bundles"])


def _read_bundles() -> Bundles:
    components: dict[int, list[Component]] = {}
    products: dict[int, set[int]] = {}
    rows = BundleComponent.objects.order_by("bundle_id", "position", "pk")
    for bundle, product, variant, quantity in rows.values_list(
        "bundle__variant_id", "bundle__variant__product_id", "variant_id", "quantity"
    ):
        components.setdefault(bundle, []).append(Component(variant, quantity))
        products.setdefault(variant, set()).add(product)
    return Bundles(
        {pk: tuple(parts) for pk, parts in components.items()},
        {pk: frozenset(owners) for pk, owners in products.items()},
    )
