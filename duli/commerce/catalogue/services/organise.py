"""Brands, tags, product types and attributes: made, renamed, merged and removed, and the products follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import clean_html, slugify
from duli.commerce.catalogue.handles import choose_handle
from duli.commerce.catalogue.models import Attribute, Brand, Product, ProductType, Tag
from duli.commerce.catalogue.services.attributes import list_used_values
from duli.commerce.catalogue.services.structure import save_attribute
from duli.commerce.catalogue.services.texts import announce_products
from duli.commerce.catalogue.states import LISTED, WORDED
from duli.platform.store.seen import Seen, hold
from duli.platform.store.translations import delete_texts, save_texts

Texts = Mapping[str, Mapping[str, str]]


def _name(name: str, maximum: int = 160) -> str:
    name = " ".join(name.split())
    if not name or len(name) > maximum:
        raise InvalidInput(field="name")
    return name


def _save_texts(kind: str, object_id: int, texts: Texts | None) -> None:
    for language, values in (texts or {}).items():
        save_texts(kind=kind, object_id=object_id, language=language, values=values)


@transaction.atomic
def save_brand(
    *,
    name: str,
    actor: str,
    brand_id: int | None = None,
    handle: str = "",
    description_html: str = "",
    logo_id: int | None = None,
    texts: Texts | None = None,
    seen: Seen | None = None,
) -> Brand:
    """Make a brand or change one; its products, rules that name it and the search follow.

    Raises InvalidInput (no name, a name that another brand has), HandleTaken, NotFound.
    """
    hold(f"brand:{brand_id}", seen)
    name = _name(name)
    brand = Brand.objects.filter(pk=brand_id).first() if brand_id else Brand()
    if brand is None:
        raise NotFound()
    if Brand.objects.filter(name=name).exclude(pk=brand.pk).exists():
        raise InvalidInput(field="name")
    if not brand.pk or handle:
        brand.handle = choose_handle(Brand, wanted=handle, fallback=name, pk=brand.pk)
    brand.name, brand.description_html, brand.logo_id = name, clean_html(description_html), logo_id
    brand.save()
    _save_texts("brand", brand.pk, texts)
    announce_products(Product.objects.filter(brand=brand).values_list("pk", flat=True), actor)
    return brand


@transaction.atomic
def delete_brand(*, brand_id: int, actor: str) -> None:
    """Remove a brand; its products stay, without one. NotFound."""
    brand = Brand.objects.filter(pk=brand_id).first()
    if brand is None:
        raise NotFound()
    products = list(Product.objects.filter(brand=brand).values_list("pk", flat=True))
    delete_texts(kind="brand", ids=[brand_id])
    brand.delete()
    announce_products(products, actor)


@transaction.atomic
def save_tag(
    *, name: str, actor: str, tag_id: int | None = None, texts: Texts | None = None, seen: Seen | None = None
) -> Tag:
    """Make a tag or rename one; a name that another tag has merges the two. Raises InvalidInput, NotFound."""
    hold(f"tag:{tag_id}", seen)
    name = _name(name)
    tag = Tag.objects.filter(pk=tag_id).first() if tag_id else Tag()
    if tag is None:
        raise NotFound()
    same = Tag.objects.filter(name=name).exclude(pk=tag.pk).first()
    if same is not None:
        if tag.pk:
            merge_tags(tag_id=tag.pk, into_id=same.pk, actor=actor)
        return same
    if not tag.pk:
        tag.handle = choose_handle(Tag, wanted="", fallback=name, pk=None)
    tag.name = name
    tag.save()
    _save_texts("tag", tag.pk, texts)
    announce_products(tag.products.values_list("pk", flat=True), actor)
    return tag


@transaction.atomic
def merge_tags(*, tag_id: int, into_id: int, actor: str) -> None:
    """Give everything that has one tag the other instead, and remove the first. Raises InvalidInput, NotFound."""
    if tag_id == into_id:
        raise InvalidInput(field="into")
    tags = Tag.objects.in_bulk([tag_id, into_id])
    if len(tags) != 2:
        raise NotFound()
    products = list(tags[tag_id].products.values_list("pk", flat=True))
    through = Product.tags.through
    through.objects.bulk_create(
        [through(product_id=pk, tag_id=into_id) for pk in products], ignore_conflicts=True, batch_size=500
    )
    delete_texts(kind="tag", ids=[tag_id])
    tags[tag_id].delete()
    announce_products(products, actor)


@transaction.atomic
def delete_tag(*, tag_id: int, actor: str) -> None:
    """Take a tag away from all products. NotFound."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise NotFound()
    products = list(tag.products.values_list("pk", flat=True))
    delete_texts(kind="tag", ids=[tag_id])
    tag.delete()
    announce_products(products, actor)


@transaction.atomic
def save_product_type(
    *,
    name: str,
    attribute_ids: Sequence[int],
    required_ids: Sequence[int] = (),
    actor: str,
    type_id: int | None = None,
    seen: Seen | None = None,
) -> ProductType:
    """Make a kind of product or change one: which attributes it has, and which of them every product needs.

    Raises InvalidInput (no name, one that another type has, an unknown attribute), NotFound.
    """
    hold(f"product_type:{type_id}", seen)
    name = _name(name)
    wanted = set(attribute_ids) | set(required_ids)
    if Attribute.objects.filter(pk__in=wanted).count() != len(wanted):
        raise InvalidInput(field="attributes")
    kind = ProductType.objects.filter(pk=type_id).first() if type_id else ProductType()
    if kind is None:
        raise NotFound()
    if ProductType.objects.filter(name=name).exclude(pk=kind.pk).exists():
        raise InvalidInput(field="name")
    if not kind.pk:
        kind.handle = choose_handle(ProductType, wanted="", fallback=name, pk=None)
    kind.name = name
    kind.save()
    kind.attributes.set(wanted)
    kind.required_attributes.set(required_ids)
    announce_products(Product.objects.filter(product_type=kind).values_list("pk", flat=True), actor)
    return kind


@transaction.atomic
def delete_product_type(*, type_id: int, actor: str) -> None:
    """Remove a kind of product; its products stay, and keep their attributes. NotFound."""
    kind = ProductType.objects.filter(pk=type_id).first()
    if kind is None:
        raise NotFound()
    products = list(Product.objects.filter(product_type=kind).values_list("pk", flat=True))
    kind.delete()
    announce_products(products, actor)


@transaction.atomic
def put_attribute(
    *,
    name: str,
    kind: str,
    actor: str,
    attribute_id: int | None = None,
    unit: str = "",
    is_filterable: bool = False,
    texts: Texts | None = None,
    seen: Seen | None = None,
) -> Attribute:
    """Make an attribute or change one; its kind stays as long as products have values for it.

    Words may become a list: then it begins with the values that products have (at most 500). Raises InvalidInput
    (name, kind) and NotFound.
    """
    hold(f"attribute:{attribute_id}", seen)
    name = _name(name, 120)
    attribute = Attribute.objects.filter(pk=attribute_id).first() if attribute_id else None
    if attribute_id and attribute is None:
        raise NotFound()
    becomes = attribute is not None and attribute.kind != kind
    worded = attribute is not None and attribute.kind in WORDED and kind in WORDED
    if attribute and becomes and not worded and attribute.product_values.exists():
        raise InvalidInput(field="kind")
    code = attribute.code if attribute else _free_code(name)
    position = attribute.position if attribute else min(Attribute.objects.count(), 32_000)
    saved = save_attribute(
        code=code,
        name=name,
        kind=kind,
        unit=" ".join(unit.split())[:20],
        is_filterable=is_filterable,
        position=position,
        texts=texts,
    )
    if becomes and kind in LISTED:
        list_used_values(saved)
    announce_products(saved.product_values.values_list("product_id", flat=True).distinct(), actor)
    return saved


def _free_code(name: str) -> str:
    base = slugify(name)[:70] or "attribute"
    taken = set(Attribute.objects.filter(code__startswith=base).values_list("code", flat=True))
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    return code


@transaction.atomic
def delete_attribute(*, attribute_id: int, actor: str) -> None:
    """Remove an attribute and its value of every product. NotFound."""
    attribute = Attribute.objects.filter(pk=attribute_id).first()
    if attribute is None:
        raise NotFound()
    products = list(attribute.product_values.values_list("product_id", flat=True).distinct())
    delete_texts(kind="attribute", ids=[attribute_id])
    delete_texts(kind="attribute_value", ids=list(attribute.named_values.values_list("pk", flat=True)))
    attribute.delete()
    announce_products(products, actor)
