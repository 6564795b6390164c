"""Named reads of the catalogue for those who edit it; what shoppers see is read by `assortment`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count

from duli.commerce.catalogue.models import AttributeValue, BundleComponent, ProductAttribute
from duli.commerce.catalogue.types import Bundles, Component
from duli.platform.store.changes import ChangeCache
from duli.platform.store.models import Translation

_bundles: ChangeCache[Bundles] = ChangeCache(1)


@dataclass(frozen=True, slots=True)
class AttributeValueNames:
    """A text that products have for an attribute, how many have it, and {language: name}."""

    text: str
    products: int
    names: dict[str, str] = field(default_factory=dict)


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
