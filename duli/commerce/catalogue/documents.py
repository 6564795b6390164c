"""What the search index knows of a product, one document per language of the shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from duli.base.text import plain_text
from duli.commerce.catalogue.models import (
    OptionValue,
    Product,
    ProductAttribute,
    ProductCategory,
    Variant,
)
from duli.commerce.catalogue.states import ProductStatus
from duli.platform.search.types import SearchDocument
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import texts

KIND = "product"
BODY_LENGTH = 3000
BATCH = 500


def documents_for(product_ids: Sequence[int]) -> list[SearchDocument]:
    """Return the documents of those of the products that are active, in a fixed number of queries."""
    products = list(
        Product.objects.filter(pk__in=product_ids, status=ProductStatus.ACTIVE).select_related("brand", "product_type")
    )
    ids = [product.pk for product in products]
    words: dict[str, dict[int, list[str]]] = {}
    own = current_store().default_language
    for language in languages():
        words[language] = _keywords(ids, "" if language == own else language)
    codes = _codes(ids)
    found = []
    for language in languages():
        translated = {} if language == own else texts("product", ids, language)
        for product in products:
            text = translated.get(product.pk, {})
            names = [product.brand.name if product.brand else "", *words[language].get(product.pk, [])]
            if product.product_type:
                names.append(product.product_type.name)
            found.append(
                SearchDocument(
                    kind=KIND,
                    object_id=product.pk,
                    language=language,
                    title=text.get("title") or product.title,
                    keywords=tuple(dict.fromkeys(name for name in names if name)),
                    body=plain_text(text.get("description_html") or product.description_html, BODY_LENGTH),
                    codes=codes.get(product.pk, ()),
                )
            )
    return found


def all_documents() -> Iterator[SearchDocument]:
    """Yield the documents of every active product, for a rebuild of the index; flat in memory."""
    last = 0
    while True:
        ids = list(
            Product.objects.filter(pk__gt=last, status=ProductStatus.ACTIVE)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not ids:
            return
        yield from documents_for(ids)
        last = ids[-1]


def _codes(product_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Variant.objects.filter(product_id__in=product_ids, is_active=True).order_by("position", "pk")
    for product_id, sku, barcode in rows.values_list("product_id", "sku", "barcode"):
        found[product_id].extend(code for code in (sku, barcode) if code)
    return {pk: tuple(codes) for pk, codes in found.items()}


def _keywords(product_ids: Sequence[int], language: str) -> dict[int, list[str]]:
    """Return categories, tags, attribute and option values per product; translated if `language` is given."""
    found: dict[int, list[str]] = defaultdict(list)
    categories = list(
        ProductCategory.objects.filter(product_id__in=product_ids).values_list(
            "product_id", "category_id", "category__name"
        )
    )
    names = texts("category", {pk for _, pk, _ in categories}, language) if language else {}
    for product_id, category_id, name in categories:
        found[product_id].append(names.get(category_id, {}).get("name") or name)
    options = list(
        OptionValue.objects.filter(option__product_id__in=product_ids).values_list("option__product_id", "pk", "name")
    )
    names = texts("option_value", {pk for _, pk, _ in options}, language) if language else {}
    for product_id, value_id, name in options:
        found[product_id].append(names.get(value_id, {}).get("name") or name)
    for product_id, tag in Product.tags.through.objects.filter(product_id__in=product_ids).values_list(
        "product_id", "tag__name"
    ):
        found[product_id].append(tag)
    values = ProductAttribute.objects.filter(product_id__in=product_ids).exclude(text="")
    for product_id, text in values.values_list("product_id", "text"):
        found[product_id].append(text)
    return found
