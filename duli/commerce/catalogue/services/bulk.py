"""Many new products at once.

`save_product` changes one product with every check there is, in some thirty statements. A catalogue of thousands of new
products is written here instead, table by table, with the same rules and the same event at the end. Whatever is out of
the ordinary is left to `save_product` (see `is_plain`), so that there is one place which refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from duli.base.clock import now
from duli.base.text import clean_html
from duli.commerce.catalogue.handles import choose_handle
from duli.commerce.catalogue.models import (
    Attribute,
    Brand,
    Category,
    CollectionProduct,
    HandleRedirect,
    OptionValue,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductMedia,
    ProductOption,
    ProductType,
    Tag,
    Variant,
)
from duli.commerce.catalogue.selectors import attribute_rules
from duli.commerce.catalogue.services.products import announce
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.catalogue.types import MAXIMUM_OPTIONS, MAXIMUM_VARIANTS, ProductDraft
from duli.platform.store.translations import save_texts

_ROWS = 500


def is_plain(draft: ProductDraft, taken_skus: set[str]) -> bool:
    """Whether nothing about the draft could be refused, given the SKUs that other products have."""
    options, variants = draft.options or (), draft.variants or ()
    names = [option.name.strip() for option in options]
    values = [{value.name.strip() for value in option.values} for option in options]
    skus = [variant.sku for variant in variants if variant.sku]
    return (
        bool(draft.title.strip())
        and draft.status in ProductStatus.values
        and bool(draft.handle)
        and 0 < len(variants) <= MAXIMUM_VARIANTS
        and len(names) == len(set(names)) <= MAXIMUM_OPTIONS
        and all(names)
        and all(len(option.values) == len(known) and all(known) for option, known in zip(options, values, strict=True))
        and len({tuple(variant.option_values) for variant in variants}) == len(variants)
        and all(len(variant.option_values) == len(options) for variant in variants)
        and all(
            name.strip() in known
            for variant in variants
            for name, known in zip(variant.option_values, values, strict=True)
        )
        and not draft.related_ids
        and len(skus) == len(set(skus))
        and not taken_skus.intersection(skus)
        and not draft.is_gift_card
        and not any(variant.content for variant in variants)
        and not _has_rules(draft)
    )


def _has_rules(draft: ProductDraft) -> bool:
    """Whether its attributes are lists of values, or its type needs some before it is shown."""
    listed, needing = attribute_rules()
    return draft.product_type.strip() in needing or any(value.code in listed for value in draft.attributes or ())


class KnownNames:
    """Brands, types and tags by name, and what else many products have in common, as one run has found or made them.

    Hand the same one to each `create_products` of a run, and call `forget` where its transaction was rolled back.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._named: dict[tuple[type, str], Any] = {}
        self._paths: dict[int, str] | None = None
        self._attributes: dict[str, int] = {}

    def find(self, model: type[Brand] | type[ProductType] | type[Tag], name: str) -> Any:
        """Return the brand, type or tag called `name`, made if new; None for an empty name."""
        name = name.strip()[:160]
        if not name:
            return None
        key = (model, name)
        if key not in self._named:
            manager: Any = model._default_manager
            found = manager.filter(name=name).first()
            if found is None:
                handle = choose_handle(model, wanted="", fallback=name, pk=None)
                found = manager.create(handle=handle, name=name)
            self._named[key] = found
        return self._named[key]

    def categories(self, product_id: int, direct: Iterable[int]) -> list[ProductCategory]:
        direct = list(dict.fromkeys(direct))
        if not direct:
            return []
        if self._paths is None or any(pk not in self._paths for pk in direct):
            self._paths = dict(Category.objects.values_list("pk", "path"))
        by_path = {path: pk for pk, path in self._paths.items()}
        step = Category.steplen
        above = {
            by_path[path[:end]] for path in (self._paths[pk] for pk in direct) for end in range(step, len(path), step)
        }
        return [
            *(ProductCategory(product_id=product_id, category_id=pk, is_direct=True) for pk in direct),
            *(
                ProductCategory(product_id=product_id, category_id=pk, is_direct=False)
                for pk in sorted(above - set(direct))
            ),
        ]

    def attribute(self, code: str) -> int:
        if code not in self._attributes:
            self._attributes = dict(Attribute.objects.values_list("code", "pk"))
        return self._attributes[code]


@transaction.atomic
def create_products(
    *, drafts: Sequence[ProductDraft], actor: str, known: KnownNames
) -> list[tuple[Product, list[Variant]]]:
    """Write new products in some twenty statements for hundreds of them; return each with its variants.

    Every draft is to be plain (`is_plain`) and its handle free. Whoever calls this keeps what was made, for taking it
    back (`revisions.services.record_created`). Raises DatabaseError for what was not plain after all.
    """
    instant = now()
    products = [_product(draft, instant, known) for draft in drafts]
    Product.objects.bulk_create(products, batch_size=_ROWS)
    HandleRedirect.objects.filter(kind="product", handle__in=[product.handle for product in products]).delete()
    pairs = list(zip(products, drafts, strict=True))
    variants = _variants(pairs)
    _links(pairs, known)
    for product, draft in pairs:
        for language, values in draft.texts.items():
            cleaned = {key: clean_html(value) if key == "description_html" else value for key, value in values.items()}
            save_texts(kind="product", object_id=product.pk, language=language, values=cleaned)
    announce([product.pk for product in products], actor=actor)
    return [(product, variants[product.pk]) for product in products]


def _product(draft: ProductDraft, instant: datetime, known: KnownNames) -> Product:
    published_at = draft.published_at
    if draft.status == ProductStatus.ACTIVE and published_at is None:
        published_at = instant
    return Product(
        handle=draft.handle,
        title=draft.title.strip(),
        description_html=clean_html(draft.description_html),
        status=draft.status,
        published_at=published_at,
        unpublished_at=draft.unpublished_at,
        product_type=known.find(ProductType, draft.product_type),
        brand=known.find(Brand, draft.brand),
        tax_class=draft.tax_class,
        hs_code=draft.hs_code,
        origin_country=draft.origin_country,
        seo_title=draft.seo_title,
        seo_description=draft.seo_description,
        maker_id=draft.safety.maker_id if draft.safety else None,
        responsible_person_id=draft.safety.responsible_person_id if draft.safety else None,
        safety_text=draft.safety.text if draft.safety else "",
        source=draft.source,
        created_at=instant,
        updated_at=instant,
    )


def _variants(pairs: Sequence[tuple[Product, ProductDraft]]) -> dict[int, list[Variant]]:
    options = [
        ProductOption(product=product, name=option.name.strip(), position=place)
        for product, draft in pairs
        for place, option in enumerate(draft.options or ())
    ]
    ProductOption.objects.bulk_create(options, batch_size=_ROWS)
    drafts = [option for _, draft in pairs for option in draft.options or ()]
    values = [
        OptionValue(option=stored, name=value.name.strip(), swatch=value.swatch, position=place)
        for stored, option in zip(options, drafts, strict=True)
        for place, value in enumerate(option.values)
    ]
    OptionValue.objects.bulk_create(values, batch_size=_ROWS)
    for stored, option in zip(options, drafts, strict=True):
        _named("option", stored.pk, option.texts)
    for row, told in zip(values, (value for option in drafts for value in option.values), strict=True):
        _named("option_value", row.pk, told.texts)
    ids: dict[int, list[dict[str, int]]] = {product.pk: [] for product, _ in pairs}
    by_option: dict[int, dict[str, int]] = {}
    for value in values:
        by_option.setdefault(value.option_id, {})[value.name] = value.pk
    for stored in options:
        ids[stored.product_id].append(by_option[stored.pk])
    found = {
        product.pk: [_variant(product, draft, place, ids[product.pk]) for place in range(len(draft.variants or ()))]
        for product, draft in pairs
    }
    Variant.objects.bulk_create([row for rows in found.values() for row in rows], batch_size=_ROWS)
    return found


def _named(kind: str, object_id: int, texts: Mapping[str, str]) -> None:
    for language, name in texts.items():
        if name.strip():
            save_texts(kind=kind, object_id=object_id, language=language, values={"name": name.strip()})


def _links(pairs: Sequence[tuple[Product, ProductDraft]], known: KnownNames) -> None:
    tagged = Product.tags.through
    _store(
        tagged,
        (
            tagged(product_id=product.pk, tag_id=pk)
            for product, draft in pairs
            for pk in dict.fromkeys(known.find(Tag, name).pk for name in draft.tags or () if name.strip())
        ),
    )
    _store(
        ProductCategory,
        (row for product, draft in pairs for row in known.categories(product.pk, draft.category_ids or ())),
    )
    _store(
        CollectionProduct,
        (
            CollectionProduct(product=product, collection_id=pk, position=1_000_000)
            for product, draft in pairs
            for pk in dict.fromkeys(draft.collection_ids or ())
        ),
    )
    _store(
        ProductMedia,
        (
            ProductMedia(product=product, asset_id=pk, position=place)
            for product, draft in pairs
            for place, pk in enumerate(dict.fromkeys(draft.media_ids or ()))
        ),
    )
    _store(
        ProductAttribute,
        (
            ProductAttribute(
                product=product,
                attribute_id=known.attribute(value.code),
                text=value.text[:255],
                number=value.number,
                boolean=value.boolean,
            )
            for product, draft in pairs
            for value in draft.attributes or ()
        ),
    )


def _variant(product: Product, draft: ProductDraft, place: int, ids: Sequence[Mapping[str, int]]) -> Variant:
    variant = (draft.variants or ())[place]
    names = [name.strip() for name in variant.option_values]
    value_ids = [known[name] for name, known in zip(names, ids, strict=True)]
    return Variant(
        product=product,
        sku=variant.sku,
        barcode=variant.barcode,
        position=place,
        option_value_ids=value_ids,
        combination="-".join(map(str, value_ids)),
        title=" / ".join(names),
        weight_grams=variant.weight_grams,
        tax_class=variant.tax_class,
        hs_code=variant.hs_code,
        origin_country=variant.origin_country,
        requires_shipping=variant.requires_shipping,
        tracks_stock=variant.tracks_stock,
        image_id=variant.image_id,
    )


def _store(model: Any, rows: Iterable[Any]) -> None:
    found = list(rows)
    if found:
        model._default_manager.bulk_create(found, batch_size=_ROWS)
