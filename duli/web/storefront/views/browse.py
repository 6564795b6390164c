"""Home, listings, search, products, pages of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from duli.base.clock import now
from duli.base.text import without_control
from duli.commerce.assortment import preview
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_detail
from duli.commerce.assortment.types import Filters, ListingHead, Scope
from duli.commerce.catalogue.guides import guide_of, size_guide
from duli.commerce.checkout.earning import Earning, earning_of
from duli.commerce.customers.selectors import customer_of
from duli.commerce.membership.selectors import has_points
from duli.growth.content.selectors import page_by_handle
from duli.platform.search.selectors import search as search_index
from duli.platform.search.selectors import suggest as suggest_words
from duli.platform.search.types import SearchQuery, SearchResult
from duli.platform.themes.engine import sections_of, theme_texts, with_data
from duli.platform.themes.types import Section
from duli.web.storefront import seo
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import CardDrop, LinkDrop, SuggestDrop, TextPageDrop
from duli.web.storefront.flash import flash_detail
from duli.web.storefront.flash_home import flash_shelves, flash_topics
from duli.web.storefront.listing import ListingPage, encode, read_choice
from duli.web.storefront.page_cache import topics
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.product import crumbs, product_drop, product_json_ld
from duli.web.storefront.render import fragment, page
from duli.web.storefront.shell import TOPICS, menu_drop
from duli.web.storefront.views.blog import story_page
from duli.web.storefront.views.errors import moved
from duli.web.storefront.where import Where, where

MAXIMUM_FOUND = 500
MAXIMUM_QUERY = 200
SUGGESTED_CARDS = 4
MAXIMUM_RECENT = 8
CATALOGUE = ("catalogue",)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    # Shops on WordPress called everything "/?p=12"; for others this costs nothing.
    elsewhere = moved(request) if "p" in request.GET else None
    if elsewhere is not None:
        return elsewhere
    here = where(request)
    sections = tuple(_with_products(section, here) for section in sections_of("index", here.language))
    pictures = [part.data["image"] for part in sections if part.data.get("image")]
    meta = seo.meta(
        here,
        "/",
        og_image=pictures[0].large if pictures else "",
        json_ld=[seo.organization(here), seo.website(here)],
    )
    kept, until = flash_topics(now()) if any(part.type == "flash" for part in sections) else ((), None)
    return page(request, "index", meta, {}, topics=topics(TOPICS, CATALOGUE, kept, until=until), sections=sections)


def _with_products(section: Section, here: Where) -> Section:
    """Look up what a section shows: a shelf's products, the tiles of categories, the picture of a product."""
    settings = section.settings
    data: dict[str, Any] = {}
    if "source" in settings:
        scope, sort = _source(str(settings["source"]), here)
        if scope is not None:
            found = assortment.listing(
                scope,
                filters=Filters(in_stock=bool(settings.get("in_stock_only"))),
                sort=sort,
                page=1,
                language=here.language,
                currency=here.currency,
                page_size=int(settings.get("limit") or 8),
            )
            data["cards"] = card_drops(found.product_ids, here)
    if section.type == "flash":
        data["sales"] = flash_shelves(here, settings, now())
    if section.type == "categories":
        data["tiles"] = tuple(_tiles(here, int(settings.get("limit") or 3)))
    if section.type in {"hero", "story"}:
        data.update(_picture(section, here))
    for name in ("url", "link"):
        if settings.get(name):
            data[name] = here.url(str(settings[name]))
    return with_data(section, data)


def _source(source: str, here: Where) -> tuple[Scope | None, str]:
    """Read "best_selling", "newest" or "collection:HANDLE"."""
    if source.startswith("collection:"):
        head = assortment.listing_head(source.partition(":")[2], here.language)
        return (Scope(head.kind, head.id), "") if head else (None, "")
    return Scope("all"), source


def _tiles(here: Where, limit: int) -> list[dict[str, Any]]:
    """Return the first categories that have something to show, each with a picture of its own or of a product."""
    tiles: list[dict[str, Any]] = []
    nodes = list(assortment.navigation(here.language))
    # A tree with few roots is opened, so that there is something to choose from.
    if len(nodes) < limit:
        nodes = [child for node in nodes for child in (node.children or (node,))]
    used: set[int] = set()
    for node in nodes:
        tile = menu_drop(node, here)
        picture = tile.image
        if picture is None:
            found = assortment.listing(
                Scope("category", node.id),
                filters=Filters(),
                sort="best_selling",
                page=1,
                language=here.language,
                currency=here.currency,
            )
            cards = card_drops(found.product_ids[:6], here)
            pictures = [card.images[0] for card in cards if card.images]
            fresh = [image for image in pictures if image.id not in used]
            # The first tile is wide, the others are tall.
            fresh.sort(key=lambda image: (image.width < image.height) != bool(tiles))
            picture = fresh[0] if fresh else None
        if picture is None:
            continue
        used.add(picture.id)
        tiles.append({"label": tile.label, "url": tile.url, "image": picture})
        if len(tiles) == limit:
            break
    return tiles


def _picture(section: Section, here: Where) -> Mapping[str, Any]:
    """Return the picture a section names (an asset, or a product's first one) and the product's address."""
    from duli.platform.media.selectors import image_views

    asset_id = section.settings.get("image")
    if asset_id:
        view = image_views([int(asset_id)]).get(int(asset_id))
        if view:
            return {"image": image_drop(view)}
    handle = str(section.settings.get("product") or "")
    detail = assortment.product_detail(handle, language=here.language, currency=here.currency) if handle else None
    if detail is not None:
        image = next((entry.image for entry in detail.media if entry.image), None)
        return {"image": image_drop(image, detail.title) if image else None}
    # Without a choice of the merchant's: what the first collection shows, else what sells best.
    heads = assortment.collections(here.language)
    found = assortment.listing(
        Scope(heads[0].kind, heads[0].id) if heads else Scope("all"),
        filters=Filters(in_stock=True),
        sort="" if heads else "best_selling",
        page=1,
        language=here.language,
        currency=here.currency,
    )
    place = int(section.settings.get("place") or 0)
    cards = [card for card in card_drops(found.product_ids, here) if card.images]
    return {"image": cards[place % len(cards)].images[0]} if cards else {}


@require_safe
def collection(request: HttpRequest, handle: str) -> HttpResponseBase:
    here = where(request)
    if handle == "all":
        texts = theme_texts(here.language)
        head = ListingHead("all", 0, "all", texts("listing.all"), "", "", "", None, "newest")
        scope = Scope("all")
    else:
        found = assortment.listing_head(handle, here.language)
        if found is None:
            moved = assortment.moved_listing(handle)
            if moved is None:
                raise Http404
            return _moved(request, here.url(f"/collections/{moved}"))
        head, scope = found, Scope(found.kind, found.id)
    choice = read_choice(request.GET, here)
    path = f"/collections/{head.handle}"
    listing = ListingPage(here, here.prefix + path, scope, choice)
    crumbs = _listing_crumbs(head, here)
    drop = listing.drop(
        title=head.title,
        description_html=head.description_html,
        crumbs=crumbs,
        children=tuple(LinkDrop(node.name, here.url(f"/collections/{node.handle}")) for node in head.children),
    )
    if request.headers.get("X-Fragment") == "listing":
        return fragment(request, "listing", {"listing": drop})
    image = head.image and image_drop(head.image)
    meta = seo.meta(
        here,
        path,
        title=head.seo_title or head.title,
        description=head.seo_description or head.description_html,
        # Filtered views show part of the same page; only its further pages have an address of their own.
        query=f"?page={drop.page}" if drop.page > 1 and not choice.params else "",
        og_image=image.large if image else drop.cards[0].images[0].large if drop.cards and drop.cards[0].images else "",
        json_ld=[seo.breadcrumb(crumbs)],
        robots="noindex,follow" if choice.params or choice.sort else "",
    )
    return page(request, "collection", meta, {"listing": drop}, topics=topics(TOPICS, CATALOGUE))


def _listing_crumbs(head: ListingHead, here: Where) -> tuple[LinkDrop, ...]:
    trail = [LinkDrop(theme_texts(here.language)("general.home"), here.url("/"))]
    trail += [LinkDrop(crumb.name, here.url(f"/collections/{crumb.handle}")) for crumb in head.breadcrumb[:-1]]
    return (*trail, LinkDrop(head.title, here.url(f"/collections/{head.handle}"), current=True))


def _moved(request: HttpRequest, address: str) -> HttpResponsePermanentRedirect:
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """All categories and collections: the page behind "categories" of the bar on a phone."""
    here = where(request)
    texts = theme_texts(here.language)
    nodes = [menu_drop(node, here) for node in assortment.navigation(here.language)]
    heads = [
        LinkDrop(head.title, here.url(f"/collections/{head.handle}")) for head in assortment.collections(here.language)
    ]
    crumbs = (
        LinkDrop(texts("general.home"), here.url("/")),
        LinkDrop(texts("listing.categories"), here.url("/collections"), current=True),
    )
    meta = seo.meta(here, "/collections", title=texts("listing.categories"), json_ld=[seo.breadcrumb(crumbs)])
    context = {"categories": nodes, "collections": heads, "tiles": _tiles(here, 24), "crumbs": crumbs}
    return page(request, "collections", meta, context, topics=topics(TOPICS, CATALOGUE))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    here = where(request)
    texts = theme_texts(here.language)
    query = _query(request)
    result = _find(query, here) if query else SearchResult()
    choice = read_choice(request.GET, here)
    scope = Scope("search", product_ids=tuple(result.ids)) if query else Scope("all")
    listing = ListingPage(here, here.prefix + "/search", scope, choice, query=query)
    corrected = " ".join(right for _, right in result.corrections)
    drop = listing.drop(
        title=texts("search.title_for", query=query) if query else texts("search.title"),
        corrected=corrected,
        relaxed=result.relaxed,
    )
    if request.headers.get("X-Fragment") == "listing":
        return fragment(request, "listing", {"listing": drop})
    alternatives: tuple[CardDrop, ...] = ()
    if query and not drop.total:
        popular = assortment.listing(
            Scope("all"), filters=Filters(in_stock=True), sort="best_selling", page=1, language=here.language,
            currency=here.currency, page_size=8,
        )  # fmt: skip
        alternatives = card_drops(popular.product_ids, here)
    meta = seo.meta(
        here,
        "/search",
        query=encode((("q", query),)) if query else "",
        title=drop.title,
        robots="noindex,follow",
    )
    context = {"listing": drop, "alternatives": alternatives}
    return page(request, "search", meta, context, topics=topics(TOPICS, CATALOGUE))


def _query(request: HttpRequest) -> str:
    """Return the words searched for; BadRequest for what no keyboard writes (bytes that are no text)."""
    given = request.GET.get("q", "")[:MAXIMUM_QUERY]
    if "\ufffd" in given or without_control(given) != unicodedata.normalize("NFC", given):
        raise BadRequest("q")
    return " ".join(given.split())


def _find(query: str, here: Where, limit: int = MAXIMUM_FOUND, *, prefix: bool = True) -> SearchResult:
    return search_index(SearchQuery(query, "product", here.language, limit=limit, prefix=prefix))


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What to show below the search field while somebody types."""
    here = where(request)
    query = _query(request)
    terms: list[LinkDrop] = []
    categories: list[LinkDrop] = []
    ids: list[int] = []
    if query:
        words = suggest_words(query, kind="product", language=here.language, limit=4)
        terms = [LinkDrop(word, here.url("/search" + encode((("q", word),)))) for word in words]
        wanted = query.casefold()
        for node in assortment.category_nodes(here.language).values():
            if wanted in node.name.casefold() or wanted in node.handle:
                categories.append(LinkDrop(node.name, here.url(f"/collections/{node.handle}")))
        ids = _find(query, here, limit=SUGGESTED_CARDS).ids
    drop = SuggestDrop(
        query=query,
        terms=tuple(terms),
        categories=tuple(categories[:3]),
        cards=card_drops(ids, here),
        all_url=mark_safe(here.prefix + "/search" + encode((("q", query),))),  # noqa: S308
    )
    return fragment(request, "suggest", {"suggest": drop})


@require_safe
def recent(request: HttpRequest) -> HttpResponse:
    """The cards of the products named in `ids`: the browser alone knows what somebody has looked at."""
    here = where(request)
    named = request.GET.get("ids", "")[:MAXIMUM_QUERY].split(",")
    ids = [int(text) for text in named if text.isascii() and text.isdigit() and len(text) < 18][:MAXIMUM_RECENT]
    return fragment(request, "recent", {"cards": card_drops(list(dict.fromkeys(ids)), here)})


@require_safe
def product(request: HttpRequest, handle: str) -> HttpResponseBase:
    here = where(request)
    if preview.PARAMETER in request.GET:
        return _preview(request, handle)
    detail = assortment.product_detail(handle, language=here.language, currency=here.currency)
    if detail is None:
        moved = assortment.moved_product(handle)
        if moved is None:
            raise Http404
        return _moved(request, here.url(f"/products/{moved}"))
    detail = flash_detail(shelved_detail(detail, here.shopper))
    drop = product_drop(detail, request.GET.dict(), here, _earning(request, here))
    if request.headers.get("X-Fragment") == "card":
        return fragment(request, "card_alone", {"card": card_drops([detail.id], here)[0]})
    path = f"/products/{detail.handle}"
    images = [entry.image for entry in drop.media if entry.image]
    meta = seo.meta(
        here,
        path,
        title=detail.seo_title or detail.title,
        description=detail.seo_description or detail.description_html,
        og_type="product",
        og_image=images[0].large if images else "",
        json_ld=[product_json_ld(detail, drop, here), seo.breadcrumb(drop.crumbs)],
    )
    related = tuple(f"product:{card.id}" for card in drop.related)
    # A promise that holds until an hour is not shown after it.
    ends = [now() + timedelta(seconds=entry.hurry.seconds) for entry in drop.deliveries if entry.hurry]
    until = min(filter(None, [detail.visible_until, *ends]), default=None)
    kept = topics(TOPICS, (f"product:{detail.id}", f"stock:{detail.id}"), related, until=until)
    guide_url = here.url(f"{path}/size-guide") if guide_of(detail.id) else ""
    return page(request, "product", meta, {"product": drop, "size_guide": guide_url}, topics=kept)


def _earning(request: HttpRequest, here: Where) -> Earning | None:
    """Return by what whoever is signed in earns points; None of nobody, whose page is kept for all."""
    if not has_points() or settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    customer = customer_of(request.user.pk or 0)
    return earning_of(customer.pk, here.market, here.language) if customer is not None else None


@require_safe
def product_size_guide(request: HttpRequest, handle: str) -> HttpResponseBase:
    """The measures of a product's sizes: a page of its own, which the product's page shows in a drawer."""
    here = where(request)
    detail = assortment.product_detail(handle, language=here.language, currency=here.currency)
    guide = None
    if detail is not None:
        guide_id = guide_of(detail.id)
        guide = size_guide(guide_id, here.language) if guide_id else None
    if detail is None or guide is None:
        raise Http404
    trail = (*crumbs(detail, here)[:-1], LinkDrop(detail.title, here.url(f"/products/{handle}")))
    path = f"/products/{handle}/size-guide"
    trail = (*trail, LinkDrop(guide.name, here.url(path), current=True))
    title = f"{guide.name} – {detail.title}"
    meta = seo.meta(here, path, title=title, robots="noindex")
    kept = topics(TOPICS, (f"product:{detail.id}",), until=detail.visible_until)
    return page(request, "size_guide", meta, {"guide": guide, "crumbs": trail}, topics=kept)


def _preview(request: HttpRequest, handle: str) -> HttpResponse:
    """The product as its page will be: for whoever has the link, for search engines and caches never."""
    here = where(request)
    product_id = preview.previewed(request.GET[preview.PARAMETER][:300])
    detail = product_id and assortment.product_preview(product_id, language=here.language, currency=here.currency)
    if not detail or detail.handle != handle:
        raise Http404
    drop = product_drop(detail, request.GET.dict(), here)
    meta = seo.meta(here, f"/products/{handle}", title=detail.seo_title or detail.title, robots="noindex, nofollow")
    response = page(request, "product", meta, {"product": drop, "size_guide": ""})
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def text_page(request: HttpRequest, handle: str) -> HttpResponse:
    here = where(request)
    found = page_by_handle(handle, here.language)
    if found is None:
        written = story_page(request, handle)
        if written is None:
            raise Http404
        return written
    drop = TextPageDrop(
        title=found.title,
        body_html=mark_safe(found.body_html),  # noqa: S308  (cleaned when it was saved)
        updated=found.updated_at.date().isoformat(),
    )
    crumbs = (
        LinkDrop(theme_texts(here.language)("general.home"), here.url("/")),
        LinkDrop(found.title, here.url(f"/pages/{found.handle}"), current=True),
    )
    meta = seo.meta(
        here,
        f"/pages/{found.handle}",
        title=found.seo_title or found.title,
        description=found.seo_description or found.body_html,
        json_ld=[seo.breadcrumb(crumbs)],
    )
    return page(request, "page", meta, {"text": drop, "crumbs": crumbs}, topics=topics(TOPICS))
