"""404 in the theme; 500 without it, because whatever broke may break again."""

from __future__ import annotations

import logging
import re

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string

from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.types import Filters, Scope
from duli.platform.redirects.selectors import redirect_for
from duli.platform.redirects.services import count_hit
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import ErrorDrop
from duli.web.storefront.render import page
from duli.web.storefront.where import where

# Shopify shows each product under each of its collections too.
_WITHIN_A_COLLECTION = re.compile(r"/collections/[^/]{1,200}/products/([a-z0-9-]{1,200})/?")
logger = logging.getLogger(__name__)
# What each of these answers is called among the theme's texts.
_REFUSALS = {403: "foreign_form", 405: "wrong_way", 413: "too_large"}


def moved(request: HttpRequest) -> HttpResponse | None:
    """Lead visitors of an old shop's address to where the thing is now."""
    if request.method not in {"GET", "HEAD"}:
        return None
    within = _WITHIN_A_COLLECTION.fullmatch(request.path_info)
    if within:
        return HttpResponsePermanentRedirect(where(request).url(f"/products/{within[1]}"))
    found = redirect_for(request.path_info, request.META.get("QUERY_STRING", "")[:400])
    if found is None:
        return None
    count_hit(redirect_id=found.pk)
    target = where(request).url(found.target) if found.target.startswith("/") else found.target
    return HttpResponsePermanentRedirect(target)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    elsewhere = moved(request)
    if elsewhere is not None:
        return elsewhere
    here = where(request)
    texts = theme_texts(here.language)
    try:
        popular = assortment.listing(
            Scope("all"), filters=Filters(in_stock=True), sort="best_selling", page=1, language=here.language,
            currency=here.currency, page_size=4,
        )  # fmt: skip
        cards = card_drops(popular.product_ids, here)
    except Exception:
        logger.exception("no products for the page of a wrong address")
        cards = ()
    drop = ErrorDrop(404, texts("errors.not_found_title"), texts("errors.not_found_text"), cards)
    meta = seo.meta(here, request.path_info, title=drop.title, robots="noindex")
    return page(request, "404", meta, {"error": drop}, status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: usually one that stood open for too long."""
    return _told(request, 403, "stale_form")


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """Say why something was not done; nothing was changed."""
    return _told(request, status, _REFUSALS.get(status, "unreadable"))


def _told(request: HttpRequest, status: int, what: str) -> HttpResponse:
    here = where(request)
    texts = theme_texts(here.language)
    drop = ErrorDrop(status, texts(f"errors.{what}_title"), texts(f"errors.{what}_text"), ())
    meta = seo.meta(here, request.path_info, title=drop.title, robots="noindex")
    return page(request, "404", meta, {"error": drop}, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(render_to_string("500.html"), status=500)
    # The page brings its few styles along: nothing else of the shop may be needed to show it.
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response
