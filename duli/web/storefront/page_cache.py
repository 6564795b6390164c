"""Whole pages for anonymous shoppers, kept in the process; right within a second of any change they show."""

from __future__ import annotations

import gzip
import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from duli.base.clock import now
from duli.base.lanes import TICKET_COOKIE
from duli.platform.store.changes import ChangeCache
from duli.web.storefront.where import chosen_market

MAXIMUM_PAGES = 600
MAXIMUM_ADDRESS = 300
# Delivery dates and scheduled products move with the clock, without anything being saved.
SECONDS = 60
_OWN_HEADERS = {"Content-Length", "Content-Encoding", "Vary", "Cache-Control", "ETag"}
_PERSONAL = ("cart=", "cart_count=", "sessionid=", "messages=")
# The pages of flash sales say where somebody stands in a line; all others do not care.
_PERSONAL_IN_SALES = (*_PERSONAL, TICKET_COOKIE)


@dataclass(frozen=True, slots=True)
class CachedPage:
    body: bytes
    compressed: bytes
    etag: str
    headers: dict[str, str]
    expires: float
    until: datetime | None = None
    fill: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Topics:
    """What a page depends on, and the moment until which it may be kept at most.

    `fill` completes a page that is the same for everybody but for a few words, each time that it is sent.
    """

    names: tuple[str, ...]
    until: datetime | None = None
    fill: Callable[[bytes], bytes] | None = None


_pages: ChangeCache[CachedPage] = ChangeCache(MAXIMUM_PAGES)


def enabled() -> bool:
    return os.environ.get("DULI_PAGE_CACHE", "1") != "0"


def is_anonymous(request: HttpRequest) -> bool:
    """Whether the answer cannot depend on who asks: no cart, no session, no message to show."""
    cookies = request.META.get("HTTP_COOKIE", "")
    names = _PERSONAL_IN_SALES if "/flash-sales/" in request.path_info else _PERSONAL
    return not cookies or not any(name in cookies for name in names)


def lookup(request: HttpRequest) -> HttpResponse | None:
    """Return the kept page for this address, or None."""
    page = _pages.get(_key(request))
    if page is None or page.expires < time.monotonic() or (page.until is not None and page.until <= now()):
        return None
    return answer(request, page)


def generation() -> int:
    """Return the state of the cache, to be asked before a page is rendered."""
    return _pages.generation()


def keep(request: HttpRequest, response: HttpResponse, topics: Topics, rendered_at: int) -> HttpResponse:
    """Keep a rendered page until one of its topics changes; return it as it is sent."""
    page = CachedPage(
        body=response.content,
        compressed=gzip.compress(response.content, 6, mtime=0),
        etag=f'"{hashlib.blake2b(response.content, digest_size=10).hexdigest()}"',
        headers={name: value for name, value in response.headers.items() if name not in _OWN_HEADERS},
        expires=time.monotonic() + SECONDS,
        until=topics.until,
        fill=topics.fill,
    )
    key = _key(request)
    if len(key) <= MAXIMUM_ADDRESS:
        _pages.put(key, page, topics.names, generation=rendered_at)
    return answer(request, page)


def _key(request: HttpRequest) -> str:
    address = f"{request.META.get('PATH_INFO', '')}?{request.META.get('QUERY_STRING', '')}"
    market = chosen_market(request)
    # A space is in no address, so that no address can pretend to be in another market.
    return f"{address} {market.code}" if market else address


def answer(request: HttpRequest, page: CachedPage) -> HttpResponse:
    """Return the page as this browser wants it: compressed, or "not modified"."""
    if page.fill is not None:
        return compress(
            request, HttpResponse(page.fill(page.body), headers={**page.headers, "Cache-Control": "no-store"})
        )
    headers = {
        **page.headers,
        "ETag": page.etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, Accept-Encoding",
    }
    if request.META.get("HTTP_IF_NONE_MATCH", "").removeprefix("W/") == page.etag:
        return HttpResponse(status=304, headers=headers)
    body = page.body
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        body = page.compressed
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    return HttpResponse(body, headers=headers)


def compress(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Compress a page that is not kept, quickly rather than tightly."""
    if (
        "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
        and not response.streaming
        and not response.has_header("Content-Encoding")
        and len(response.content) > 1000
    ):
        response.content = gzip.compress(response.content, 1, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
    return response


def topics(
    *names: Iterable[str], until: datetime | None = None, fill: Callable[[bytes], bytes] | None = None
) -> Topics:
    return Topics(tuple(dict.fromkeys(name for group in names for name in group)), until, fill)
