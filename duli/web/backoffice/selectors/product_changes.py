"""Names for the ids that stand in differences of products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from duli.commerce.catalogue.models import Category, Collection, Product, SafetyContact, Variant
from duli.commerce.revisions.types import Difference
from duli.platform.media.models import Asset


@dataclass(frozen=True, slots=True)
class Names:
    variants: dict[str, str] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    collections: dict[int, str] = field(default_factory=dict)
    media: dict[int, str] = field(default_factory=dict)
    products: dict[int, str] = field(default_factory=dict)
    contacts: dict[int, str] = field(default_factory=dict)
    parts: dict[int, str] = field(default_factory=dict)
    """Variants of other products, by their whole names."""


def names_for(differences: Sequence[Difference]) -> Names:
    """Look up what the differences name; a query for each kind that occurs."""
    variants: set[int] = set()
    parts: set[int] = set()
    wanted: dict[str, set[int]] = {
        name: set() for name in ("categories", "collections", "media", "related", "contacts")
    }
    for entry in differences:
        head, last = entry.path[0], entry.path[-1]
        both = [value for value in (entry.before, entry.after) if value]
        if head == "variant":
            variants.add(int(entry.path[1]))
            if last == "image_id":
                wanted["media"].update(both)
            elif last == "bundle":
                parts.update(pk for value in both for pk, _units in value[2])
        elif head == "variants":
            variants.update(int(pk) for value in both for pk, _ in value)
        elif head in wanted:
            wanted[head].update(pk for value in both for pk in value)
        elif last in {"maker_id", "responsible_person_id"}:
            wanted["contacts"].update(both)
    return Names(
        variants={str(pk): title for pk, title in _titles(Variant, variants, "title").items()},
        categories=_titles(Category, wanted["categories"], "name"),
        collections=_titles(Collection, wanted["collections"], "title"),
        media=_titles(Asset, wanted["media"], "original_name"),
        products=_titles(Product, wanted["related"], "title"),
        parts=_whole_names(parts),
        contacts=_titles(SafetyContact, wanted["contacts"], "name"),
    )


def _whole_names(ids: Iterable[int]) -> dict[int, str]:
    wanted = list(ids)
    rows = Variant.objects.filter(pk__in=wanted).select_related("product") if wanted else ()
    return {row.pk: " – ".join(filter(None, [row.product.title, row.title])) for row in rows}


def _titles(model: Any, ids: Iterable[int], name: str) -> dict[int, str]:
    wanted = list(ids)
    return dict(model._default_manager.filter(pk__in=wanted).values_list("pk", name)) if wanted else {}
