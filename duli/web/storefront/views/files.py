"""Files of the theme, robots.txt, sitemaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from duli.commerce.assortment import selectors as assortment
from duli.growth.content.selectors import has_posts, page_addresses, published_pages
from duli.platform.store.selectors import current_store, languages
from duli.platform.themes.engine import find_asset
from duli.platform.themes.types import UnknownTheme
from duli.web.storefront.where import absolute, html_lang, prefix_of

Entry = tuple[str, str] | tuple[str, str, tuple[str, ...]]
"""Path, last change, and the languages it is written in, if not all."""
SITEMAP_SIZE = 5000
YEAR = 31_536_000
_ACCENT = re.compile(r"^accent-([0-9a-f]{6})\.css$")


@require_safe
def asset(request: HttpRequest, theme: str, version: str, name: str) -> HttpResponse:
    """Send a file of the theme; its address changes with its content, so browsers keep it for good."""
    try:
        found = find_asset(theme, name)
    except UnknownTheme:
        raise Http404 from None
    if found is None:
        raise Http404
    current = version == found.hash
    headers = {
        "Cache-Control": f"public, max-age={YEAR}, immutable" if current else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    content = found.content
    if found.compressed:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
            content = found.compressed
            headers["Content-Encoding"] = "gzip"
    return HttpResponse(content, content_type=found.content_type, headers=headers)


@require_safe
def accent(request: HttpRequest, theme: str, name: str) -> HttpResponse:
    """Send the merchant's colour as a stylesheet of one rule; the colour is in the address."""
    match = _ACCENT.match(name)
    if match is None:
        raise Http404
    colour = match.group(1)
    ink = "#ffffff" if _luminance(colour) < 0.4 else "#1c2421"
    rule = f"@layer overrides{{:root{{--accent:#{colour};--accent-ink:{ink}}}}}"
    return HttpResponse(
        rule, content_type="text/css; charset=utf-8", headers={"Cache-Control": f"public, max-age={YEAR}, immutable"}
    )


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour as WCAG defines it."""
    parts = []
    for place in (0, 2, 4):
        value = int(colour[place : place + 2], 16) / 255
        parts.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Send the first letter of the store on its colour."""
    store = current_store()
    letter = escape((store.name or "D")[:1])
    ink = "#ffffff" if _luminance(store.accent.lstrip("#")) < 0.4 else "#1c2421"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{escape(store.accent)}"/>'
        '<text x="32" y="44" text-anchor="middle" font-size="34" font-weight="600" '
        f'font-family="Noto Serif SC,Songti SC,Georgia,serif" fill="{ink}">{letter}</text></svg>'
    )
    return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    private = [
        "/cart",
        "/checkout",
        "/orders/",
        "/account/",
        "/downloads/",
        "/gift-card",
        "/discount",
        "/admin",
        "/search/suggest",
        "/api/",
    ]
    lines = ["User-agent: *"]
    for language in languages():
        prefix = prefix_of(language)
        lines += [
            f"Disallow: {prefix}{path}" for path in private if not prefix or not path.startswith(("/admin", "/api"))
        ]
        lines += [f"Disallow: {prefix}/collections/*?*{name}" for name in ("option.", "attribute.", "sort=", "min=")]
    lines += ["", f"Sitemap: {absolute('/sitemap.xml')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponse:
    parts = ["shop", *(f"products-{part}" for part in range(1, -(-assortment.product_count() // SITEMAP_SIZE) + 1))]
    entries = "".join(f"<sitemap><loc>{absolute(f'/sitemaps/{part}.xml')}</loc></sitemap>" for part in parts)
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>')


@require_safe
def sitemap(request: HttpRequest, part: str) -> HttpResponse:
    if part == "shop":
        return _urls(chain(_shop_addresses(), _written_addresses()))
    number = part.partition("-")[2]
    if not part.startswith("products-") or not number.isdigit() or len(number) > 6 or int(number) < 1:
        raise Http404
    rows = assortment.product_addresses(offset=(int(number) - 1) * SITEMAP_SIZE, limit=SITEMAP_SIZE)
    found = [(f"/products/{handle}", changed.date().isoformat()) for handle, changed in rows]
    if not found and int(number) > 1:
        raise Http404
    return _urls(found)


def _shop_addresses() -> Iterator[Entry]:
    own = current_store().default_language
    yield "/", ""
    yield "/collections", ""
    yield "/collections/all", ""
    for node in assortment.category_nodes(own).values():
        yield f"/collections/{node.handle}", ""
    for head in assortment.collections(own):
        yield f"/collections/{head.handle}", ""
    for page in published_pages(own):
        yield f"/pages/{page.handle}", page.updated_at.date().isoformat()


def _written_addresses() -> Iterator[Entry]:
    if has_posts():
        yield "/blog", ""
    for path, changed, written in page_addresses():
        yield path, changed.date().isoformat() if changed else "", written


def _urls(entries: Iterable[Entry]) -> HttpResponse:
    """Return a sitemap with every address in every language it is written in, each naming the others."""
    offered = languages()
    parts = []
    for path, changed, *written in entries:
        codes = written[0] if written else offered
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{html_lang(code)}" '
            f'href="{escape(absolute(prefix_of(code) + path))}"/>'
            for code in codes
            if len(codes) > 1
        )
        when = f"<lastmod>{changed}</lastmod>" if changed else ""
        parts += [f"<url><loc>{escape(absolute(prefix_of(code) + path))}</loc>{when}{links}</url>" for code in codes]
    return _xml(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
        f"{''.join(parts)}</urlset>"
    )


def _xml(body: str) -> HttpResponse:
    return HttpResponse(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', content_type="application/xml")
