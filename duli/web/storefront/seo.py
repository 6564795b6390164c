"""What search engines and other sites read: titles, canonical addresses, languages, structured data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from duli.base.text import plain_text
from duli.platform.store.selectors import current_store, languages
from duli.web.storefront.drops import AlternateDrop, LinkDrop, MetaDrop
from duli.web.storefront.where import LANGUAGE_NAMES, Where, absolute, html_lang, where_in

# Every visitor of a product wants the same two texts.
described = lru_cache(maxsize=1000)(plain_text)


def meta(
    here: Where,
    path: str,
    *,
    title: str = "",
    description: str = "",
    query: str = "",
    og_type: str = "website",
    og_image: str = "",
    json_ld: Sequence[Mapping[str, Any]] = (),
    robots: str = "",
    previous: str = "",
    next_page: str = "",
    paths: Mapping[str, str] | None = None,
    languages_written: Sequence[str] | None = None,
    feed: str = "",
) -> MetaDrop:
    """Return the head of the page at `path` (without language). `query` belongs to the canonical address.

    `languages_written` are those it is written in, if not all: elsewhere readers see the first of them, and search
    engines are told that this is the original.
    """
    store = current_store(here.language)
    written = tuple(languages_written) if languages_written is not None else languages()
    alternates = tuple(_alternate(code, here, (paths or {}).get(code, path), query) for code in written)
    prefix = here.prefix if here.language in written or not written else where_in(written[0]).prefix
    return MetaDrop(
        title=f"{title} – {store.name}" if title else " – ".join(filter(None, [store.name, store.tagline])),
        description=described(description or store.tagline, 160),
        canonical=absolute(prefix + path + query),
        alternates=alternates if len(alternates) > 1 else (),
        og_type=og_type,
        og_image=absolute(og_image) if og_image else "",
        json_ld=tuple(script_json(entry) for entry in json_ld),
        robots=robots,
        previous=previous,
        next=next_page,
        feed=absolute(feed) if feed else "",
    )


def _alternate(code: str, here: Where, path: str, query: str) -> AlternateDrop:
    there = where_in(code)
    return AlternateDrop(
        lang=html_lang(code),
        url=absolute(there.prefix + path + query),
        path=there.prefix + path + query,
        name=LANGUAGE_NAMES.get(code, code),
        currency=there.currency,
        current=code == here.language,
    )


def script_json(value: object) -> SafeString:
    """Return `value` as JSON that may stand in a script element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(text)  # noqa: S308


def organization(here: Where) -> dict[str, Any]:
    store = current_store(here.language)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": absolute("/#organization"),
        "name": store.name,
        "url": absolute(here.prefix + "/"),
    }
    if store.legal_name:
        found["legalName"] = store.legal_name
    contact = {key: value for key, value in (("email", store.email), ("telephone", store.phone)) if value}
    if contact:
        found["contactPoint"] = {"@type": "ContactPoint", "contactType": "customer service", **contact}
    return found


def website(here: Where) -> dict[str, Any]:
    target = absolute(here.prefix + "/search?q={search_term_string}")
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": current_store(here.language).name,
        "url": absolute(here.prefix + "/"),
        "inLanguage": html_lang(here.language),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": target},
            "query-input": "required name=search_term_string",
        },
    }


def breadcrumb(crumbs: Iterable[LinkDrop]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": crumb.label, "item": absolute(crumb.url)}
            for place, crumb in enumerate(crumbs, start=1)
        ],
    }
