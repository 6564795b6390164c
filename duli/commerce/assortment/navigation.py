"""The tree of categories and the heads of listing pages; cached until the topic ``structure`` changes."""

from __future__ import annotations

from collections.abc import Sequence

from duli.commerce.assortment.texts import Found, translated
from duli.commerce.assortment.types import CategoryNode, Crumb, ListingHead
from duli.commerce.catalogue.models import Category, Collection, HandleRedirect, Product
from duli.commerce.catalogue.states import CollectionSort
from duli.platform.media.selectors import image_views
from duli.platform.media.types import ImageView
from duli.platform.store.changes import ChangeCache


class Structure:
    """All visible categories and published collections in one language."""

    def __init__(self, language: str) -> None:
        categories = list(Category.objects.order_by("path"))
        collections = list(Collection.objects.filter(is_published=True))
        texts = translated(
            {"category": [row.pk for row in categories], "collection": [row.pk for row in collections]}, language
        )
        pictures = image_views(row.image_id for row in [*categories, *collections] if row.image_id)
        self.nodes: dict[int, CategoryNode] = {}
        self.heads: dict[str, ListingHead] = {}
        self.trails: dict[int, tuple[Crumb, ...]] = {}
        self.roots = self._branch(categories, "", (), texts, pictures)
        self.collections = tuple(self._collection_head(row, texts, pictures) for row in collections)
        for head in self.collections:
            self.heads.setdefault(head.handle, head)

    def _branch(
        self,
        rows: Sequence[Category],
        parent_path: str,
        trail: tuple[Crumb, ...],
        texts: Found,
        pictures: dict[int, ImageView],
    ) -> tuple[CategoryNode, ...]:
        """Return the visible children of a path; what lies below a hidden category is hidden with it."""
        length = len(parent_path) + Category.steplen
        nodes = []
        for row in rows:
            if len(row.path) != length or not row.is_visible:
                continue
            own = texts.get(("category", row.pk), {})
            name = own.get("name", row.name)
            below = [other for other in rows if other.path.startswith(row.path) and len(other.path) > length]
            here = (*trail, Crumb(row.pk, name, row.handle))
            children = self._branch(below, row.path, here, texts, pictures)
            picture = pictures.get(row.image_id) if row.image_id else None
            node = CategoryNode(row.pk, row.handle, name, picture, children)
            nodes.append(node)
            self.nodes[row.pk] = node
            self.trails[row.pk] = here
            self.heads[row.handle] = ListingHead(
                kind="category",
                id=row.pk,
                handle=row.handle,
                title=name,
                description_html=own.get("description_html", row.description_html),
                seo_title=own.get("seo_title", row.seo_title),
                seo_description=own.get("seo_description", row.seo_description),
                image=picture,
                sort=CollectionSort.BEST_SELLING,
                breadcrumb=here,
                children=children,
            )
        return tuple(nodes)

    @staticmethod
    def _collection_head(row: Collection, texts: Found, pictures: dict[int, ImageView]) -> ListingHead:
        own = texts.get(("collection", row.pk), {})
        title = own.get("title", row.title)
        return ListingHead(
            kind="collection",
            id=row.pk,
            handle=row.handle,
            title=title,
            description_html=own.get("description_html", row.description_html),
            seo_title=own.get("seo_title", row.seo_title),
            seo_description=own.get("seo_description", row.seo_description),
            image=pictures.get(row.image_id) if row.image_id else None,
            sort=row.sort,
            breadcrumb=(Crumb(row.pk, title, row.handle),),
        )


_structures: ChangeCache[Structure] = ChangeCache(8)


def structure(language: str) -> Structure:
    return _structures.get_or_make(language, lambda: Structure(language), ["structure", "store"])


def navigation(language: str) -> tuple[CategoryNode, ...]:
    """Return the visible categories as a tree."""
    return structure(language).roots


def category_nodes(language: str) -> dict[int, CategoryNode]:
    """Return every visible category by its id."""
    return structure(language).nodes


def category_trail(category_id: int, language: str) -> tuple[Crumb, ...]:
    """Return the way from the top to a category, itself last; empty if it is not visible."""
    return structure(language).trails.get(category_id, ())


def collections(language: str) -> tuple[ListingHead, ...]:
    """Return the published collections in the merchant's order."""
    return structure(language).collections


def listing_head(handle: str, language: str) -> ListingHead | None:
    """Return the category or collection with this address (a category wins), or None."""
    return structure(language).heads.get(handle)


def moved_listing(handle: str) -> str | None:
    """Return the present handle of a category or collection that once had this one."""
    rows = HandleRedirect.objects.filter(kind__in=["category", "collection"], handle=handle)
    for kind, object_id in rows.values_list("kind", "object_id"):
        model = Category if kind == "category" else Collection
        found = model.objects.filter(pk=object_id).values_list("handle", flat=True).first()
        if found:
            return found
    return None


def moved_product(handle: str) -> str | None:
    """Return the present handle of a product that once had this one."""
    object_id = HandleRedirect.objects.filter(kind="product", handle=handle).values_list("object_id", flat=True).first()
    return Product.objects.filter(pk=object_id).values_list("handle", flat=True).first() if object_id else None
