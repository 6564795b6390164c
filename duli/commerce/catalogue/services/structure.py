"""Categories, collections and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import clean_html
from duli.commerce.catalogue.events import StructureChanged
from duli.commerce.catalogue.handles import choose_handle, remember_handle
from duli.commerce.catalogue.models import (
    Attribute,
    Category,
    Collection,
    CollectionProduct,
    ProductCategory,
)
from duli.commerce.catalogue.rules import matching_products, validate_rules
from duli.commerce.catalogue.states import AttributeKind, CollectionKind, CollectionSort
from duli.platform.audit.services import record
from duli.platform.events.services import publish
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold
from duli.platform.store.translations import delete_texts, save_texts

Texts = Mapping[str, Mapping[str, str]]


def _announce(kind: str, object_id: int, actor: str) -> None:
    mark("catalogue", "structure", f"{kind}:{object_id}")
    publish(StructureChanged(kind, object_id), reference=f"{kind}:{object_id}", actor=actor)


@transaction.atomic
def save_category(
    *,
    name: str,
    actor: str,
    category_id: int | None = None,
    parent_id: int | None = None,
    handle: str = "",
    description_html: str = "",
    image_id: int | None = None,
    seo_title: str = "",
    seo_description: str = "",
    is_visible: bool = True,
    texts: Texts | None = None,
    seen: Seen | None = None,
) -> Category:
    """Create a category below `parent_id` (None: at the top), or change one (its place stays; see move).

    Raises InvalidInput for an empty name, HandleTaken, NotFound for an unknown parent.
    """
    hold("categories", seen)
    if not name.strip():
        raise InvalidInput(field="name")
    values = {
        "name": name.strip()[:160],
        "description_html": clean_html(description_html),
        "image_id": image_id,
        "seo_title": seo_title,
        "seo_description": seo_description,
        "is_visible": is_visible,
    }
    if category_id is None:
        values["handle"] = choose_handle(Category, wanted=handle, fallback=name, pk=None)
        if parent_id is None:
            category: Category = Category.add_root(**values)
        else:
            parent = Category.objects.filter(pk=parent_id).first()
            if parent is None:
                raise NotFound()
            category = parent.add_child(**values)
        remember_handle(kind="category", old="", new=category.handle, object_id=category.pk)
    else:
        found = Category.objects.filter(pk=category_id).first()
        if found is None:
            raise NotFound()
        category = found
        old = category.handle
        if handle:
            category.handle = choose_handle(Category, wanted=handle, fallback=name, pk=category.pk)
        for key, value in values.items():
            setattr(category, key, value)
        category.save()
        remember_handle(kind="category", old=old, new=category.handle, object_id=category.pk)
    for language, translated in (texts or {}).items():
        save_texts(kind="category", object_id=category.pk, language=language, values=translated)
    _announce("category", category.pk, actor)
    return category


@transaction.atomic
def move_category(*, category_id: int, target_id: int, position: str, actor: str) -> None:
    """Move a category: `position` is "first-child", "last-child", "left" or "right" of `target_id`.

    Products are listed under the new ancestors at once. InvalidInput for a move below itself.
    """
    hold("categories")
    category = Category.objects.filter(pk=category_id).first()
    target = Category.objects.filter(pk=target_id).first()
    if category is None or target is None:
        raise NotFound()
    if position not in {"first-child", "last-child", "left", "right"}:
        raise InvalidInput(field="position")
    if target.pk == category.pk or target.is_descendant_of(category):
        raise InvalidInput(field="target")
    category.move(target, pos=position)
    _relink(category_id)
    _announce("category", category_id, actor)


def _relink(category_id: int) -> None:
    """Derive the ancestor links of all products directly under this category or below it again."""
    category = Category.objects.get(pk=category_id)
    below = Category.objects.filter(path__startswith=category.path).values_list("pk", flat=True)
    products = set(
        ProductCategory.objects.filter(category_id__in=list(below), is_direct=True).values_list("product_id", flat=True)
    )
    by_path = dict(Category.objects.values_list("path", "pk"))
    length = Category.steplen
    ProductCategory.objects.filter(product_id__in=products, is_direct=False).delete()
    direct = ProductCategory.objects.filter(product_id__in=products, is_direct=True)
    links = set()
    own = set()
    for product_id, pk, path in direct.values_list("product_id", "category_id", "category__path"):
        own.add((product_id, pk))
        links |= {(product_id, by_path[path[:end]]) for end in range(length, len(path), length)}
    ProductCategory.objects.bulk_create(
        [
            ProductCategory(product_id=product_id, category_id=pk, is_direct=False)
            for product_id, pk in sorted(links - own)
        ],
        batch_size=500,
    )


def _record_deletion(kind: str, key: int, label: str, actor: str) -> None:
    record(area="products", action="deleted", reference=f"{kind}:{key}", label=label, actor=actor)


@transaction.atomic
def delete_category(*, category_id: int, actor: str) -> None:
    """Remove a category and everything below it; its products stay."""
    hold("categories")
    category = Category.objects.filter(pk=category_id).first()
    if category is None:
        raise NotFound()
    ids = list(Category.objects.filter(path__startswith=category.path).values_list("pk", flat=True))
    delete_texts(kind="category", ids=ids)
    _record_deletion("category", category_id, category.name, actor)
    category.delete()
    _announce("category", category_id, actor)


@transaction.atomic
def save_collection(
    *,
    title: str,
    actor: str,
    collection_id: int | None = None,
    handle: str = "",
    description_html: str = "",
    kind: str = CollectionKind.MANUAL,
    rules: Mapping[str, object] | None = None,
    sort: str = CollectionSort.MANUAL,
    image_id: int | None = None,
    seo_title: str = "",
    seo_description: str = "",
    is_published: bool = True,
    texts: Texts | None = None,
    seen: Seen | None = None,
) -> Collection:
    """Create or change a collection; a rule-based one gets its products at once.

    Raises InvalidInput (title, kind, sort, rules) and HandleTaken.
    """
    hold(f"collection:{collection_id}", seen)
    if not title.strip():
        raise InvalidInput(field="title")
    if kind not in CollectionKind.values or sort not in CollectionSort.values:
        raise InvalidInput(field="kind")
    if kind == CollectionKind.RULES:
        validate_rules(rules or {})
    collection = Collection.objects.filter(pk=collection_id).first() if collection_id else Collection()
    if collection is None:
        raise NotFound()
    old = collection.handle
    if not collection.pk or handle:
        collection.handle = choose_handle(Collection, wanted=handle, fallback=title, pk=collection.pk)
    collection.title = title.strip()[:200]
    collection.description_html = clean_html(description_html)
    collection.kind = kind
    collection.rules = dict(rules or {})
    collection.sort = sort
    collection.image_id = image_id
    collection.seo_title = seo_title
    collection.seo_description = seo_description
    collection.is_published = is_published
    collection.save()
    remember_handle(kind="collection", old=old, new=collection.handle, object_id=collection.pk)
    for language, translated in (texts or {}).items():
        save_texts(kind="collection", object_id=collection.pk, language=language, values=translated)
    if kind == CollectionKind.RULES:
        _refresh(collection)
    _announce("collection", collection.pk, actor)
    return collection


@transaction.atomic
def set_collection_products(
    *, collection_id: int, product_ids: Sequence[int], actor: str, seen: Seen | None = None
) -> None:
    """Make a manual collection consist of exactly these products, in this order."""
    hold(f"collection:{collection_id}", seen)
    collection = Collection.objects.filter(pk=collection_id, kind=CollectionKind.MANUAL).first()
    if collection is None:
        raise NotFound()
    collection.memberships.all().delete()
    CollectionProduct.objects.bulk_create(
        [
            CollectionProduct(collection=collection, product_id=pk, position=position)
            for position, pk in enumerate(dict.fromkeys(product_ids))
        ],
        batch_size=500,
    )
    _announce("collection", collection_id, actor)


@transaction.atomic
def delete_collection(*, collection_id: int, actor: str) -> None:
    """Remove a collection; its products stay."""
    delete_texts(kind="collection", ids=[collection_id])
    if title := Collection.objects.filter(pk=collection_id).values_list("title", flat=True).first():
        _record_deletion("collection", collection_id, title, actor)
    Collection.objects.filter(pk=collection_id).delete()
    _announce("collection", collection_id, actor)


@transaction.atomic
def refresh_rule_collections(*, product_ids: Sequence[int]) -> None:
    """Let every rule-based collection take in or let go of exactly these products."""
    for collection in Collection.objects.filter(kind=CollectionKind.RULES):
        matching = set(matching_products(collection.rules).filter(pk__in=product_ids).values_list("pk", flat=True))
        rows = CollectionProduct.objects.filter(collection=collection, product_id__in=product_ids)
        have = set(rows.values_list("product_id", flat=True))
        rows.exclude(product_id__in=matching).delete()
        CollectionProduct.objects.bulk_create(
            [CollectionProduct(collection=collection, product_id=pk) for pk in sorted(matching - have)],
            ignore_conflicts=True,
        )
        if matching != have:
            mark("catalogue", f"collection:{collection.pk}")


def _refresh(collection: Collection) -> None:
    matching = list(matching_products(collection.rules).order_by("pk").values_list("pk", flat=True))
    collection.memberships.exclude(product_id__in=matching).delete()
    CollectionProduct.objects.bulk_create(
        [CollectionProduct(collection=collection, product_id=pk) for pk in matching],
        ignore_conflicts=True,
        batch_size=500,
    )


@transaction.atomic
def save_attribute(
    *,
    code: str,
    name: str,
    kind: str = AttributeKind.TEXT,
    unit: str = "",
    is_filterable: bool = False,
    position: int = 0,
    texts: Texts | None = None,
) -> Attribute:
    """Create or change the attribute called `code`."""
    if kind not in AttributeKind.values or not name.strip():
        raise InvalidInput(field="kind")
    attribute, _ = Attribute.objects.update_or_create(
        code=code,
        defaults={
            "name": name.strip()[:120],
            "kind": kind,
            "unit": unit,
            "is_filterable": is_filterable,
            "position": position,
        },
    )
    for language, translated in (texts or {}).items():
        save_texts(kind="attribute", object_id=attribute.pk, language=language, values=translated)
    mark("catalogue", "structure")
    return attribute
