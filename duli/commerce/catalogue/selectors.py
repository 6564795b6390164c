"""Named reads of the catalogue for those who edit it; what shoppers see is read by `assortment`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count

from duli.commerce.catalogue.models import AttributeValue, ProductAttribute
from duli.platform.store.models import Translation


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
