"""From drops to an answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from duli.commerce.promotions.shelf import next_turn
from duli.platform.themes import engine
from duli.platform.themes.types import Section, ThemeError
from duli.web.storefront.drops import MetaDrop
from duli.web.storefront.page_cache import Topics
from duli.web.storefront.shell import page_drop, shell
from duli.web.storefront.where import Where, where

logger = logging.getLogger(__name__)


def page(
    request: HttpRequest,
    template: str,
    meta: MetaDrop,
    context: Mapping[str, Any],
    *,
    topics: Topics | None = None,
    sections: tuple[Section, ...] | None = None,
    status: int = 200,
    layout: str = "theme",
) -> HttpResponse:
    """Render a template of the active theme within its layout.

    With `topics` the answer may be kept for anonymous shoppers until one of them changes.
    """
    here = where(request)
    try:
        html = engine.render(
            "",
            template,
            {"shell": shell(here), "meta": meta, "page": page_drop(request, template), **context},
            here.language,
            sections=sections,
            layout=layout,
        )
    except ThemeError as error:
        return theme_mistake(request, error)
    response = HttpResponse(html, status=status)
    response.headers["Vary"] = "Cookie"
    if topics is not None:
        # A price that begins or ends on its own ends what is kept of a page in the same second.
        turns = [moment for moment in (topics.until, next_turn(here.shopper)) if moment]
        topics = replace(topics, until=min(turns, default=None))
        response.page_topics = topics  # type: ignore[attr-defined]
    return response


def fragment(request: HttpRequest, snippet: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Render one snippet alone, for a part of a page that is exchanged in place."""
    here: Where = where(request)
    try:
        html = engine.render_snippet(
            snippet, {"shell": shell(here), "page": page_drop(request, snippet), **context}, here.language
        )
    except ThemeError as error:
        return theme_mistake(request, error)
    response = HttpResponse(html, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def theme_mistake(request: HttpRequest, error: ThemeError) -> HttpResponse:
    """Answer for a theme that cannot be rendered: to its author the line, to everybody else a plain page."""
    logger.error("theme cannot be rendered: %s", error, exc_info=error)
    if settings.DEBUG:
        html = render_to_string("storefront/theme_error.html", {"error": error, "excerpt": error.excerpt()})
    else:
        html = render_to_string("500.html")
    response = HttpResponse(html, status=500)
    # The page brings its few styles along.
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response
