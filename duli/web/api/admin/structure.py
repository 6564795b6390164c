"""Categories and collections: where products are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import Conflict, InvalidInput
from duli.base.text import one_line
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Category, Collection, Product
from duli.platform.media.models import Asset, AssetKind
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import texts as stored_texts
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key, one
from duli.web.api.admin.paging import PAGE, page_by_id

categories = Router(tags=["categories"])
collections = Router(tags=["collections"])
Json = dict[str, Any]
MOST_PRODUCTS = 5000
Html = Annotated[str, Field(max_length=200_000)]


class StructurePatch(Schema):
    handle: str | None = Field(None, max_length=160)
    description_html: Html | None = None
    image_id: Key | None = None
    seo_title: str | None = Field(None, max_length=200)
    seo_description: str | None = Field(None, max_length=400)
    texts: dict[str, dict[str, Html]] | None = Field(
        None, description="Fields by language; those not given stay.", examples=[{"en": {"name": "Sofas"}}]
    )


class CategoryPatch(StructurePatch):
    name: str | None = Field(None, max_length=160)
    is_visible: bool | None = None


class CategoryIn(CategoryPatch):
    name: str = Field(max_length=160)
    parent_id: Key | None = None


class MoveIn(Schema):
    target_id: Key
    position: Literal["first-child", "last-child", "left", "right"] = Field(
        description="Where it comes to stand, seen from the target."
    )


class CollectionPatch(StructurePatch):
    title: str | None = Field(None, max_length=200)
    kind: Literal["manual", "rules"] | None = None
    rules: dict[str, Any] | None = Field(
        None,
        examples=[{"match": "all", "conditions": [{"field": "tag", "operator": "is", "value": "new"}]}],
        description="Only of a collection by rules.",
    )
    sort: str | None = Field(None, max_length=20)
    is_published: bool | None = None


class CollectionIn(CollectionPatch):
    title: str = Field(max_length=200)


class ProductsIn(Schema):
    product_ids: list[Key] = Field(max_length=MOST_PRODUCTS)


_SHARED = ("handle", "description_html", "image_id", "seo_title", "seo_description")
_CATEGORY = ("name", *_SHARED, "is_visible")
_COLLECTION = ("title", *_SHARED, "kind", "rules", "sort", "is_published")


def _values(row: Category | Collection, names: tuple[str, ...]) -> Json:
    return {name: getattr(row, name) for name in names}


def _category(row: Category, words: Mapping[str, Mapping[str, str]]) -> Json:
    return {"id": row.pk, "parent_id": _parent(row), **_values(row, _CATEGORY), "texts": words}


def _parent(row: Category) -> int | None:
    above = row.get_parent()
    return int(above.pk) if above is not None else None


def _collection(row: Collection, words: Mapping[str, Mapping[str, str]]) -> Json:
    return {"id": row.pk, **_values(row, _COLLECTION), "texts": words}


def _given(body: StructurePatch, fields: frozenset[str]) -> Json:
    """Return what the call names, checked as far as no verb does it."""
    given = body.dict(exclude_unset=True)
    for name, value in given.items():
        if value is None and name not in {"image_id", "parent_id"}:
            raise InvalidInput(field=name)
        if isinstance(value, str) and name != "description_html":
            given[name] = one_line(value)
    image = given.get("image_id")
    if image is not None and not Asset.objects.filter(pk=image, kind=AssetKind.IMAGE).exists():
        raise InvalidInput(field="image_id")
    texts = given.get("texts") or {}
    others = set(languages()) - {current_store().default_language}
    if not set(texts) <= others or any(not set(words) <= fields for words in texts.values()):
        raise InvalidInput(field="texts")
    return given


_CATEGORY_TEXTS = frozenset({"name", "description_html", "seo_title", "seo_description"})
_COLLECTION_TEXTS = frozenset({"title", "description_html", "seo_title", "seo_description"})


def _words(kind: str, keys: list[int]) -> dict[int, dict[str, dict[str, str]]]:
    """Return {key: {language: {field: text}}} of the languages that are not the shop's own."""
    found: dict[int, dict[str, dict[str, str]]] = {key: {} for key in keys}
    for language in languages():
        for key, words in stored_texts(kind=kind, ids=keys, language=language).items():
            found[key][language] = dict(words)
    return found


def _full_category(key: int) -> Json:
    return _category(one(Category, key), _words("category", [key])[key])


def _full_collection(key: int) -> Json:
    return _collection(one(Collection, key), _words("collection", [key])[key])


@categories.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_categories(request: HttpRequest) -> Json:
    """The whole tree, each category after the one it stands below; hidden ones too."""
    rows = list(Category.objects.order_by("path"))
    words = _words("category", [row.pk for row in rows])
    by_path = {row.path: row.pk for row in rows}
    return {
        "categories": [
            {
                "id": row.pk,
                "parent_id": by_path.get(row.path[: -row.steplen]),
                **_values(row, _CATEGORY),
                "texts": words[row.pk],
            }
            for row in rows
        ]
    }


@categories.post("", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_category(request: HttpRequest, body: CategoryIn) -> Status[Json]:
    """Make a category, at the top or as the last below `parent_id`. An address it lacks is made from the name."""
    row = services.save_category(actor=actor_of(request), **_given(body, _CATEGORY_TEXTS))
    return Status(201, _full_category(row.pk))


@categories.patch("/{int:category_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def change_category(request: HttpRequest, category_id: int, body: CategoryPatch) -> Json:
    """Change what is given of a category; its former address leads to the new one."""
    before = _values(one(Category, category_id), _CATEGORY)
    given = _given(body, _CATEGORY_TEXTS)

    def unchanged() -> None:
        if _values(one(Category, category_id), _CATEGORY) != before:
            raise Conflict()

    services.save_category(
        category_id=category_id, actor=actor_of(request), seen=unchanged, **{**before, "handle": "", **given}
    )
    return _full_category(category_id)


@categories.post("/{int:category_id}/move", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def move_category(request: HttpRequest, category_id: int, body: MoveIn) -> Json:
    """Put a category, with all that is below it, elsewhere in the tree."""
    one(Category, category_id)
    services.move_category(
        category_id=category_id, target_id=body.target_id, position=body.position, actor=actor_of(request)
    )
    return _full_category(category_id)


@categories.delete("/{int:category_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_category(request: HttpRequest, category_id: int) -> Json:
    """Remove a category and those below it; products stay."""
    one(Category, category_id)
    services.delete_category(category_id=category_id, actor=actor_of(request))
    return {}


@collections.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_collections(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Collections, newest first; those by rules gather their products themselves."""
    rows, cursor = page_by_id(Collection.objects.all(), after=after, limit=limit)
    words = _words("collection", [row.pk for row in rows])
    return {"collections": [_collection(row, words[row.pk]) for row in rows], "next": cursor}


@collections.post("", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_collection(request: HttpRequest, body: CollectionIn) -> Status[Json]:
    """Make a collection; one by rules has its products at once."""
    row = services.save_collection(actor=actor_of(request), **_given(body, _COLLECTION_TEXTS))
    return Status(201, _full_collection(row.pk))


@collections.patch("/{int:collection_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def change_collection(request: HttpRequest, collection_id: int, body: CollectionPatch) -> Json:
    """Change what is given of a collection; its former address leads to the new one."""
    before = _values(one(Collection, collection_id), _COLLECTION)
    given = _given(body, _COLLECTION_TEXTS)

    def unchanged() -> None:
        if _values(one(Collection, collection_id), _COLLECTION) != before:
            raise Conflict()

    services.save_collection(
        collection_id=collection_id, actor=actor_of(request), seen=unchanged, **{**before, "handle": "", **given}
    )
    return _full_collection(collection_id)


@collections.put("/{int:collection_id}/products", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def set_products(request: HttpRequest, collection_id: int, body: ProductsIn) -> Json:
    """Let a collection made by hand consist of exactly these products, in this order."""
    wanted = list(dict.fromkeys(body.product_ids))
    if Product.objects.filter(pk__in=wanted).count() != len(wanted):
        raise InvalidInput(field="product_ids")
    services.set_collection_products(collection_id=collection_id, product_ids=wanted, actor=actor_of(request))
    return {"product_ids": wanted}


@collections.delete("/{int:collection_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_collection(request: HttpRequest, collection_id: int) -> Json:
    """Remove a collection; products stay."""
    one(Collection, collection_id)
    services.delete_collection(collection_id=collection_id, actor=actor_of(request))
    return {}
