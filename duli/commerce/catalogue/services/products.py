"""Creating and changing products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F, Q

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.text import clean_html, one_line
from duli.commerce.catalogue import locks
from duli.commerce.catalogue.events import ProductsChanged, ProductsDeleted
from duli.commerce.catalogue.handles import choose_handle, remember_handle
from duli.commerce.catalogue.models import (
    Brand,
    Bundle,
    BundleComponent,
    Category,
    CollectionProduct,
    Product,
    ProductCategory,
    ProductMedia,
    ProductType,
    RelatedProduct,
    SafetyContact,
    Tag,
    Variant,
)
from duli.commerce.catalogue.selectors import bundles
from duli.commerce.catalogue.services.attributes import check_required, filled_attributes, set_attributes
from duli.commerce.catalogue.services.variants import remove_options, save_matrix
from duli.commerce.catalogue.states import CollectionKind, ProductStatus
from duli.commerce.catalogue.types import (
    GiftCardInBundle,
    PartOfBundle,
    ProductChangedMeanwhile,
    ProductDraft,
)
from duli.platform.audit.services import record
from duli.platform.events.services import publish
from duli.platform.store.changes import mark
from duli.platform.store.translations import delete_texts, save_texts

MAXIMUM_RELATED = 20


@transaction.atomic
def save_product(
    *, draft: ProductDraft, actor: str, product_id: int | None = None, expected_version: int | None = None
) -> Product:
    """Create the product, or change the one called `product_id`.

    `expected_version` is the version the editor loaded: if the product is newer, ProductChangedMeanwhile.
    Raises InvalidInput (no title, bad status), HandleTaken, SkuTaken, InvalidVariants, TooManyVariants,
    ValueNotAllowed, AttributesMissing (its type needs more before it is shown), and GiftCardInBundle: what is sold as
    a gift card is neither a bundle nor shipped nor counted.
    Parts of the draft that are None stay as they are; a new product always gets one variant.
    """
    title = draft.title.strip()
    if not title or len(title) > 255:
        raise InvalidInput(field="title")
    if draft.status not in ProductStatus.values:
        raise InvalidInput(field="status")
    instant = now()
    old_handle = ""
    if product_id is None:
        product = Product(created_at=instant)
    else:
        product = locks.lock_product(product_id)
        old_handle = product.handle
        if expected_version is not None and product.version != expected_version:
            raise ProductChangedMeanwhile()
        product.version += 1
    if product_id is None or draft.handle:
        product.handle = choose_handle(Product, wanted=draft.handle, fallback=title, pk=product_id)
    was_shown = product_id is not None and product.status == ProductStatus.ACTIVE
    # Only a product that is shown and may lose a value has to be looked at before.
    filled = filled_attributes(product.pk) if was_shown and draft.attributes is not None else None
    product.title = title
    product.description_html = clean_html(draft.description_html)
    product.status = draft.status
    product.published_at = draft.published_at or (product.published_at if draft.keeps_publication else None)
    if product.status == ProductStatus.ACTIVE and product.published_at is None:
        product.published_at = instant
    product.unpublished_at = draft.unpublished_at
    product.product_type = _named(ProductType, draft.product_type)
    product.brand = _named(Brand, draft.brand)
    product.is_gift_card = product.is_gift_card if draft.is_gift_card is None else draft.is_gift_card
    product.tax_class = draft.tax_class
    product.hs_code = draft.hs_code
    product.origin_country = draft.origin_country
    if draft.safety is not None:
        product.maker_id = draft.safety.maker_id
        product.responsible_person_id = draft.safety.responsible_person_id
        product.safety_text = draft.safety.text.strip()
    product.seo_title = draft.seo_title
    product.seo_description = draft.seo_description
    product.source = draft.source or product.source
    product.updated_at = instant
    product.save()
    remember_handle(kind="product", old=old_handle, new=product.handle, object_id=product.pk)
    for language, values in draft.texts.items():
        cleaned = {key: clean_html(value) if key == "description_html" else value for key, value in values.items()}
        save_texts(kind="product", object_id=product.pk, language=language, values=cleaned)
    if draft.options is not None or draft.variants is not None or product_id is None:
        save_matrix(product=product, options=draft.options, variants=draft.variants)
    if product.is_gift_card:
        _make_gift_cards(product)
    if draft.tags is not None:
        product.tags.set([_tag(name) for name in dict.fromkeys(draft.tags) if name.strip()])
    if draft.category_ids is not None:
        _set_categories(product.pk, draft.category_ids)
    if draft.collection_ids is not None:
        _set_manual_collections(product.pk, draft.collection_ids)
    if draft.media_ids is not None:
        _set_media(product.pk, draft.media_ids)
    if draft.attributes is not None:
        set_attributes(product.pk, draft.attributes)
    check_required(product, was_shown=was_shown, filled_before=filled)
    if draft.related_ids is not None:
        _set_related(product.pk, draft.related_ids)
    announce([product.pk], actor=actor)
    return product


def _make_gift_cards(product: Product) -> None:
    """Let no variant of the product be shipped or counted. GiftCardInBundle."""
    variants = Variant.objects.filter(product=product, is_active=True)
    bundled = Bundle.objects.filter(variant__in=variants) or BundleComponent.objects.filter(variant__in=variants)
    if bundled:
        raise GiftCardInBundle(name=product.title)
    variants.filter(Q(requires_shipping=True) | Q(tracks_stock=True)).update(
        requires_shipping=False, tracks_stock=False
    )


def announce(product_ids: Sequence[int], *, actor: str = "") -> None:
    """Tell caches, search and rule-based collections that products changed; one event for all of them."""
    if not product_ids:
        return
    mark("catalogue", *(f"product:{pk}" for pk in product_ids))
    reference = f"product:{product_ids[0]}" if len(product_ids) == 1 else ""
    publish(ProductsChanged(tuple(product_ids)), reference=reference, actor=actor)


@transaction.atomic
def set_product_status(*, product_ids: Sequence[int], status: str, actor: str) -> int:
    """Make products draft, active or archived; return how many changed. InvalidInput, AttributesMissing."""
    if status not in ProductStatus.values:
        raise InvalidInput(field="status")
    rows = Product.objects.filter(pk__in=product_ids).exclude(status=status)
    changed = list(rows.values_list("pk", flat=True))
    instant = now()
    Product.objects.filter(pk__in=changed).update(status=status, updated_at=instant, version=F("version") + 1)
    if status == ProductStatus.ACTIVE:
        Product.objects.filter(pk__in=changed, published_at__isnull=True).update(published_at=instant)
        for product in Product.objects.filter(pk__in=changed).select_related("product_type"):
            check_required(product, was_shown=False, filled_before=None)
    announce(changed, actor=actor)
    return len(changed)


@transaction.atomic
def set_delivery(*, variant_id: int, requires_shipping: bool, actor: str) -> Variant:
    """Say whether a variant is shipped; what is not shipped (files) is not counted either.

    NotFound, InvalidInput (a gift card is never shipped).
    """
    variant = locks.lock_variants([variant_id]).get(variant_id)
    if variant is None or not variant.is_active:
        raise NotFound()
    if requires_shipping and variant.product.is_gift_card:
        raise InvalidInput(field="requires_shipping")
    if variant.requires_shipping != requires_shipping:
        variant.requires_shipping = requires_shipping
        variant.tracks_stock = requires_shipping and variant.pk not in bundles().components
        variant.save(update_fields=["requires_shipping", "tracks_stock"])
        announce([variant.product_id], actor=actor)
    return variant


@transaction.atomic
def touch_products(*, product_ids: Sequence[int], actor: str) -> None:
    """Raise the version of products that another room changed (prices, tags), and tell who follows them."""
    Product.objects.filter(pk__in=product_ids).update(updated_at=now(), version=F("version") + 1)
    announce(product_ids, actor=actor)


@transaction.atomic
def save_safety_contact(*, name: str, address: str, contact: str, contact_id: int | None = None) -> SafetyContact:
    """Create or change a company that product pages name under the EU's product safety rules.

    Raises InvalidInput for an empty part or a name that is taken.
    """
    values = {"name": one_line(name, 160), "address": one_line(address, 400), "contact": one_line(contact, 200)}
    for field, value in values.items():
        if not value:
            raise InvalidInput(field=field)
    if SafetyContact.objects.filter(name=values["name"]).exclude(pk=contact_id or 0).exists():
        raise InvalidInput(field="name")
    saved = SafetyContact.objects.filter(pk=contact_id).first() if contact_id else SafetyContact()
    if saved is None:
        raise NotFound()
    for field, value in values.items():
        setattr(saved, field, value)
    saved.save()
    mark("structure")
    return saved


@transaction.atomic
def delete_product(*, product_id: int, actor: str) -> None:
    """Remove a product; lines of old orders keep their snapshot. NotFound, PartOfBundle."""
    product = locks.lock_product(product_id)
    part = BundleComponent.objects.filter(variant__product_id=product_id).exclude(
        bundle__variant__product_id=product_id
    )
    if part.exists():
        raise PartOfBundle(name=product.title)
    Bundle.objects.filter(variant__product_id=product_id).delete()
    remove_options(product.options.all())
    delete_texts(kind="product", ids=[product_id])
    gone = {"title": (product.title, None), "handle": (product.handle, None), "status": (product.status, None)}
    record(
        area="products",
        action="deleted",
        reference=f"product:{product_id}",
        label=product.title,
        changes=gone,
        actor=actor,
    )
    product.delete()
    mark("catalogue", "bundles", f"product:{product_id}")
    publish(ProductsDeleted((product_id,)), actor=actor)


def count_sales(*, quantities: Mapping[int, int]) -> None:
    """Add sold units (negative on cancellation) per product id, for sorting by best selling."""
    for product_id in sorted(quantities):
        units = quantities[product_id]
        rows = Product.objects.filter(pk=product_id)
        if units < 0:
            rows = rows.filter(sales_count__gte=-units)
        rows.update(sales_count=F("sales_count") + units)


def _named(model: type[Brand] | type[ProductType], name: str):  # type: ignore[no-untyped-def]
    """Return the brand or type called `name`, made if new; None for an empty name."""
    name = name.strip()
    if not name:
        return None
    found = model._default_manager.filter(name=name).first()
    if found is None:
        handle = choose_handle(model, wanted="", fallback=name, pk=None)
        found = model._default_manager.create(handle=handle, name=name[:160])
    return found


def _tag(name: str) -> Tag:
    name = name.strip()[:160]
    found = Tag.objects.filter(name=name).first()
    if found is None:
        found = Tag.objects.create(handle=choose_handle(Tag, wanted="", fallback=name, pk=None), name=name)
    return found


def _set_categories(product_id: int, category_ids: Sequence[int]) -> None:
    direct = list(Category.objects.filter(pk__in=category_ids))
    length = Category.steplen
    paths = {category.path[:end] for category in direct for end in range(length, len(category.path), length)}
    ancestors = Category.objects.filter(path__in=paths).exclude(pk__in=[category.pk for category in direct])
    ProductCategory.objects.filter(product_id=product_id).delete()
    ProductCategory.objects.bulk_create(
        [ProductCategory(product_id=product_id, category=category, is_direct=True) for category in direct]
        + [ProductCategory(product_id=product_id, category=category, is_direct=False) for category in ancestors]
    )


def _set_manual_collections(product_id: int, collection_ids: Sequence[int]) -> None:
    manual = CollectionProduct.objects.filter(product_id=product_id, collection__kind=CollectionKind.MANUAL)
    manual.exclude(collection_id__in=collection_ids).delete()
    have = set(manual.values_list("collection_id", flat=True))
    CollectionProduct.objects.bulk_create(
        [
            CollectionProduct(product_id=product_id, collection_id=pk, position=1_000_000)
            for pk in collection_ids
            if pk not in have
        ]
    )


def _set_media(product_id: int, asset_ids: Sequence[int]) -> None:
    wanted = list(dict.fromkeys(asset_ids))
    rows = {row.asset_id: row for row in ProductMedia.objects.filter(product_id=product_id)}
    ProductMedia.objects.filter(product_id=product_id).exclude(asset_id__in=wanted).delete()
    for position, asset_id in enumerate(wanted):
        row = rows.get(asset_id)
        if row is None:
            ProductMedia.objects.create(product_id=product_id, asset_id=asset_id, position=position)
        elif row.position != position:
            row.position = position
            row.save(update_fields=["position"])


@transaction.atomic
def set_related(*, product_id: int, related_ids: Sequence[int], actor: str) -> None:
    """Show exactly these products on another's page, in this order. NotFound."""
    locks.lock_product(product_id)
    _set_related(product_id, related_ids)
    touch_products(product_ids=[product_id], actor=actor)


def _set_related(product_id: int, related_ids: Sequence[int]) -> None:
    wanted = [pk for pk in dict.fromkeys(related_ids) if pk != product_id][:MAXIMUM_RELATED]
    known = set(Product.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    RelatedProduct.objects.filter(product_id=product_id).delete()
    RelatedProduct.objects.bulk_create(
        [
            RelatedProduct(product_id=product_id, related_id=pk, position=position)
            for position, pk in enumerate(wanted)
            if pk in known
        ]
    )
