"""What the search index knows of a product, one document per language of the shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import OuterRef, Subquery

from duli.base.text import plain_text
from duli.commerce.catalogue.models import (
    AttributeValue,
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
        Product.objects.filter(pk__in=product_ids, status=ProductStatus.ACTIVE).select_related("product_type")
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
            names = words[language].get(product.pk, [])
            if product.product_type:
                names = [*names, product.product_type.name]
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
    """Return brand, categories, tags, attribute and option values per product; translated if `language` is given.

    A brand stands there under both its names: people look for what is printed on the thing.
    """
    found: dict[int, list[str]] = defaultdict(list)
    tags = Product.tags.through.objects.filter(product_id__in=product_ids)
    named = AttributeValue.objects.filter(attribute=OuterRef("attribute_id"), text=OuterRef("text"))
    values = ProductAttribute.objects.filter(product_id__in=product_ids).exclude(text="")
    sources = (
        ("brand", Product.objects.filter(pk__in=product_ids, brand__isnull=False), ("pk", "brand_id", "brand__name")),
        (
            "category",
            ProductCategory.objects.filter(product_id__in=product_ids),
            ("product_id", "category_id", "category__name"),
        ),
        (
            "option_value",
            OptionValue.objects.filter(option__product_id__in=product_ids),
            ("option__product_id", "pk", "name"),
        ),
        ("tag", tags, ("product_id", "tag_id", "tag__name")),
        (
            "attribute_value",
            values.annotate(named=Subquery(named.values("pk")[:1])),
            ("product_id", "named", "text"),
        ),
    )
    for kind, query, columns in sources:
        rows = list(query.values_list(*columns))
        names = texts(kind, {pk for _, pk, _ in rows if pk}, language) if language and rows else {}
        for product_id, pk, name in rows:
            translated = names.get(pk, {}).get("name")
            if translated:
                found[product_id].append(translated)
            if not translated or kind == "brand":
                found[product_id].append(name)
    return found
