"""Brands, tags and product types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import Conflict, InvalidInput
from duli.base.text import clean_html
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Brand, ProductType, Tag
from duli.commerce.catalogue.selectors import translations_of
from duli.platform.media.models import Asset, AssetKind
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key, one
from duli.web.api.admin.paging import PAGE, page_by_id
from duli.web.api.admin.words import words_of

brands = Router(tags=["brands"])
tags = Router(tags=["tags"])
types = Router(tags=["product-types"])
Json = dict[str, Any]
Name = Annotated[str, Field(max_length=160)]
Description = Annotated[str, Field(max_length=20_000)]
Attributes = Annotated[list[Key], Field(max_length=500)]


class TagIn(Schema):
    name: Name
    texts: dict[str, Name] = Field({}, description="What it is called in other languages; those not given stay.")


class IntoIn(Schema):
    tag_id: Key


class BrandPatch(Schema):
    name: Name | None = None
    handle: Name | None = None
    description_html: str | None = Field(None, max_length=20_000)
    logo_id: Key | None = Field(None, description="A picture of the shop's library; null takes the logo away.")
    texts: dict[str, Name] | None = Field(
        None, description="What it is called in other languages; those not given stay."
    )
    description_texts: dict[str, Description] | None = Field(
        None, description="Its description in other languages, as HTML; those not given stay."
    )


class BrandIn(BrandPatch):
    name: Name


class TypePatch(Schema):
    name: Name | None = None
    attribute_ids: Attributes | None = Field(None, description="What products of this type are described by.")
    required_ids: Attributes | None = Field(None, description="Those of them that every product needs.")


class TypeIn(TypePatch):
    name: Name


def _given(body: Schema) -> Json:
    given = body.dict(exclude_unset=True)
    for name, value in given.items():
        if value is None and name != "logo_id":
            raise InvalidInput(field=name)
    logo = given.get("logo_id")
    if logo is not None and not Asset.objects.filter(pk=logo, kind=AssetKind.IMAGE).exists():
        raise InvalidInput(field="logo_id")
    return given


def _texts(given: dict[str, str] | None) -> dict[str, dict[str, str]]:
    return {language: {"name": words} for language, words in words_of(given or {}).items()}


def _told(words: Mapping[str, Mapping[str, str]], field: str) -> dict[str, str]:
    return {code: own[field] for code, own in words.items() if own.get(field)}


def _brand_words(given: Json) -> dict[str, dict[str, str]]:
    """Return {language: {field: words}} of a call, and take them out of what it gave."""
    found = _texts(given.pop("texts", None))
    descriptions = given.pop("description_texts", None) or {}
    words_of(descriptions, field="description_texts")
    for language, html in descriptions.items():
        found.setdefault(language, {})["description_html"] = clean_html(html)
    return found


def _named(kind: str, rows: Sequence[Brand | Tag]) -> list[Json]:
    """Describe rows with their names in other languages (two queries)."""
    words = translations_of(kind, [row.pk for row in rows])
    return [
        {
            "id": row.pk,
            "handle": row.handle,
            "name": row.name,
            "texts": _told(words.get(row.pk, {}), "name"),
            **(
                {
                    "description_html": row.description_html,
                    "description_texts": _told(words.get(row.pk, {}), "description_html"),
                    "logo_id": row.logo_id,
                }
                if isinstance(row, Brand)
                else {}
            ),
        }
        for row in rows
    ]


def _brand(key: int) -> Json:
    return _named("brand", [one(Brand, key)])[0]


@brands.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_brands(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Brands, newest first."""
    found, cursor = page_by_id(Brand.objects.all(), after=after, limit=limit)
    return {"brands": _named("brand", found), "next": cursor}


@brands.post("", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_brand(request: HttpRequest, body: BrandIn) -> Status[Json]:
    """Make a brand. An address it lacks is made from the name."""
    given = _given(body)
    words = _brand_words(given)
    row = services.save_brand(actor=actor_of(request), texts=words, **given)
    return Status(201, _brand(row.pk))


@brands.patch("/{int:brand_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def change_brand(request: HttpRequest, brand_id: int, body: BrandPatch) -> Json:
    """Change what is given of a brand; its products, and rules that name it, follow."""
    before, given = one(Brand, brand_id), _given(body)
    seen, words = _brand(brand_id), _brand_words(given)

    def unchanged() -> None:
        if _brand(brand_id) != seen:
            raise Conflict()

    services.save_brand(
        brand_id=brand_id,
        name=given.get("name", before.name),
        handle=given.get("handle", ""),
        description_html=given.get("description_html", before.description_html),
        logo_id=given.get("logo_id", before.logo_id),
        texts=words,
        actor=actor_of(request),
        seen=unchanged,
    )
    return _brand(brand_id)


@brands.delete("/{int:brand_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_brand(request: HttpRequest, brand_id: int) -> Json:
    """Remove a brand; its products stay, without one."""
    services.delete_brand(brand_id=one(Brand, brand_id).pk, actor=actor_of(request))
    return {}


@tags.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_tags(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Tags of products, newest first."""
    found, cursor = page_by_id(Tag.objects.all(), after=after, limit=limit)
    return {"tags": _named("tag", found), "next": cursor}


@tags.post("", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_tag(request: HttpRequest, body: TagIn) -> Status[Json]:
    """Make a tag, or find the one that has this name."""
    row = services.save_tag(name=body.name, texts=_texts(body.texts), actor=actor_of(request))
    return Status(201, _named("tag", [row])[0])


@tags.put("/{int:tag_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def rename_tag(request: HttpRequest, tag_id: int, body: TagIn) -> Json:
    """Rename a tag; a name that another one has merges the two into that one."""
    row = services.save_tag(
        tag_id=one(Tag, tag_id).pk, name=body.name, texts=_texts(body.texts), actor=actor_of(request)
    )
    return _named("tag", [row])[0]


@tags.post("/{int:tag_id}/merge", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def merge_tags(request: HttpRequest, tag_id: int, body: IntoIn) -> Json:
    """Give all that has this tag the other one instead, and remove this one."""
    services.merge_tags(tag_id=one(Tag, tag_id).pk, into_id=body.tag_id, actor=actor_of(request))
    return _named("tag", [one(Tag, body.tag_id)])[0]


@tags.delete("/{int:tag_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_tag(request: HttpRequest, tag_id: int) -> Json:
    """Take a tag away from all products."""
    services.delete_tag(tag_id=one(Tag, tag_id).pk, actor=actor_of(request))
    return {}


def _types(rows: Sequence[ProductType]) -> list[Json]:
    """Describe product types with their attributes (two queries)."""
    found = ProductType.objects.filter(pk__in=[row.pk for row in rows])
    by_key = {row.pk: row for row in found.prefetch_related("attributes", "required_attributes")}
    return [
        {
            "id": row.pk,
            "handle": row.handle,
            "name": row.name,
            "attribute_ids": sorted(entry.pk for entry in by_key[row.pk].attributes.all()),
            "required_ids": sorted(entry.pk for entry in by_key[row.pk].required_attributes.all()),
        }
        for row in rows
    ]


def _type(key: int) -> Json:
    return _types([one(ProductType, key)])[0]


@types.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_types(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Types of products with the attributes that each has, newest first."""
    found, cursor = page_by_id(ProductType.objects.all(), after=after, limit=limit)
    return {"product_types": _types(found), "next": cursor}


@types.post("", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_type(request: HttpRequest, body: TypeIn) -> Status[Json]:
    """Make a type of products."""
    row = services.save_product_type(actor=actor_of(request), **{"attribute_ids": [], **_given(body)})
    return Status(201, _type(row.pk))


@types.patch("/{int:type_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def change_type(request: HttpRequest, type_id: int, body: TypePatch) -> Json:
    """Change what is given of a type of products."""
    before = _type(type_id)

    def unchanged() -> None:
        if _type(type_id) != before:
            raise Conflict()

    kept = {name: before[name] for name in ("name", "attribute_ids", "required_ids")}
    services.save_product_type(type_id=type_id, actor=actor_of(request), seen=unchanged, **{**kept, **_given(body)})
    return _type(type_id)


@types.delete("/{int:type_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_type(request: HttpRequest, type_id: int) -> Json:
    """Remove a type of products; the products stay and keep their attributes."""
    services.delete_product_type(type_id=one(ProductType, type_id).pk, actor=actor_of(request))
    return {}
