"""What things of the catalogue are called in languages other than the store's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import clean_html
from duli.commerce.catalogue import locks
from duli.commerce.catalogue.events import ProductsChanged
from duli.commerce.catalogue.models import (
    Attribute,
    AttributeValue,
    Brand,
    Category,
    Collection,
    OptionValue,
    Product,
    ProductAttribute,
    ProductOption,
    Tag,
)
from duli.platform.events.services import publish
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import save_texts

_SEO = {"seo_title", "seo_description"}
_MODELS: dict[str, tuple[type[models.Model], set[str]]] = {
    "product": (Product, {"title", "description_html", *_SEO}),
    "category": (Category, {"name", "description_html", *_SEO}),
    "collection": (Collection, {"title", "description_html", *_SEO}),
    "brand": (Brand, {"name", "description_html"}),
    "tag": (Tag, {"name"}),
    "attribute": (Attribute, {"name", "unit"}),
    "option": (ProductOption, {"name"}),
    "option_value": (OptionValue, {"name"}),
}
MAXIMUM_LENGTH = 400
MAXIMUM_HTML = 200_000
# One event carries the ids of this many products at most.
BATCH = 500


@transaction.atomic
def save_translations(*, kind: str, language: str, texts: Mapping[int, Mapping[str, str]], actor: str = "") -> None:
    """Say what things are called in `language`: ``{id: {field: text}}``; an empty text shows the original again.

    The one verb for every text of the catalogue. `kind` and its fields: product (title, description_html,
    seo_title, seo_description), category and collection (the same; a category's is called name), brand (name,
    description_html), tag (name), attribute (name, unit), option and option_value (name). Values of attributes
    are named by `save_attribute_value_names`; read everything back with `selectors.translations_of`.

    Pages and the search index follow. Raises InvalidInput (an unknown kind or field, the store's own language or
    one no market speaks, a text too long) and NotFound (an id that does not exist); then nothing is saved.
    """
    if kind not in _MODELS:
        raise InvalidInput(field="kind")
    _check_language(language)
    model, fields = _MODELS[kind]
    found = model._default_manager.filter(pk__in=list(texts)).count()
    if found != len(texts):
        raise NotFound()
    for object_id, values in texts.items():
        if not fields.issuperset(values):
            raise InvalidInput(field=next(name for name in values if name not in fields))
        save_texts(kind=kind, object_id=object_id, language=language, values=_cleaned(values))
    if texts:
        announce_products(_products_of(kind, list(texts)), actor)


@transaction.atomic
def save_attribute_value_names(
    *, attribute_id: int, names: Mapping[str, Mapping[str, str]], actor: str = "", seen: Seen | None = None
) -> None:
    """Say what texts that products have for an attribute are called: ``{language: {text: name}}``.

    One name serves every product with that text; an empty one shows the text itself again. Raises what `seen` raises,
    InvalidInput (language, length) and NotFound (no such attribute).
    """
    locks.lock_attribute(attribute_id)
    compare(seen)
    changed: set[str] = set()
    for language, words in names.items():
        _check_language(language)
        cleaned = {text: value for text, value in words.items() if text and len(text) <= MAXIMUM_LENGTH}
        AttributeValue.objects.bulk_create(
            [AttributeValue(attribute_id=attribute_id, text=text) for text in cleaned], ignore_conflicts=True
        )
        rows = AttributeValue.objects.filter(attribute_id=attribute_id, text__in=list(cleaned))
        for pk, text in rows.values_list("pk", "text"):
            save_texts(
                kind="attribute_value", object_id=pk, language=language, values=_cleaned({"name": cleaned[text]})
            )
        changed |= cleaned.keys()
    products = ProductAttribute.objects.filter(attribute_id=attribute_id, text__in=list(changed))
    announce_products(products.values_list("product_id", flat=True), actor)


def _check_language(language: str) -> None:
    if language == current_store().default_language or language not in languages():
        raise InvalidInput(field="language")


def _cleaned(values: Mapping[str, str]) -> dict[str, str]:
    cleaned = {}
    for name, value in values.items():
        if name == "description_html":
            value = clean_html(value) if len(value) <= MAXIMUM_HTML else value
        else:
            value = " ".join(value.split())
        if len(value) > (MAXIMUM_HTML if name == "description_html" else MAXIMUM_LENGTH):
            raise InvalidInput(field=name)
        cleaned[name] = value
    return cleaned


def _products_of(kind: str, ids: list[int]) -> Iterable[int]:
    """Return the products whose page or search entry shows a text of these things."""
    paths: dict[str, dict[str, Any]] = {
        "product": {"pk__in": ids},
        "category": {"category_links__category_id__in": ids},
        "brand": {"brand_id__in": ids},
        "tag": {"tags__in": ids},
        "attribute": {"attribute_values__attribute_id__in": ids},
        "option": {"options__in": ids},
        "option_value": {"options__values__in": ids},
    }
    if kind not in paths:
        return ()
    return Product.objects.filter(**paths[kind]).values_list("pk", flat=True)


def announce_products(product_ids: Iterable[int], actor: str) -> None:
    """Let every page be drawn anew, and the search index read the products again."""
    # "structure" reaches menus, facets, cards and product pages at once, however many products there are.
    mark("catalogue", "structure")
    ids = sorted(set(product_ids))
    for first in range(0, len(ids), BATCH):
        publish(ProductsChanged(tuple(ids[first : first + BATCH])), actor=actor)
