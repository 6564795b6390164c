"""Giving out files that were bought: whole, or in parts, piece by piece whatever their size."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.ranges import byte_range
from duli.commerce.downloads.services import open_download
from duli.commerce.downloads.storage import opened
from duli.platform.accounts.visitors import client_address
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.drops import ErrorDrop
from duli.web.storefront.render import page
from duli.web.storefront.views.orders import private
from duli.web.storefront.where import where

_PIECE = 256 * 1024


@never_cache
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send the file a signed link opens; a request for its head alone is answered the same and not counted."""
    header = request.headers.get("Range", "")
    begins = not header or header.replace(" ", "").startswith("bytes=0-")
    try:
        found = open_download(
            token=token,
            begins=begins,
            address=client_address(request),
            agent=request.headers.get("User-Agent", ""),
            counts=request.method != "HEAD",
        )
    except DuliError as error:
        return private(_sorry(request, error))
    tag = f'"{found.tag[:32]}"'
    condition = request.headers.get("If-Range", "")
    span = byte_range(header, found.size) if header and condition in {"", tag} else None
    first, last = span or (0, found.size - 1)
    response: HttpResponseBase
    if first > last:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{found.size}"
    else:
        pieces = _pieces(found.stored, first, last) if request.method != "HEAD" else iter(())
        response = StreamingHttpResponse(pieces, status=206 if span else 200, content_type="application/octet-stream")
        response["Content-Length"] = str(last - first + 1)
        if span:
            response["Content-Range"] = f"bytes {first}-{last}/{found.size}"
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _pieces(stored: str, first: int, last: int) -> Iterator[bytes]:
    left = last - first + 1
    file = opened(stored, first, last)
    if file is None:
        return
    with file:
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece


def _sorry(request: HttpRequest, error: DuliError) -> HttpResponse:
    here = where(request)
    texts = theme_texts(here.language)
    with override(here.language):
        words = texts("downloads.unknown") if isinstance(error, NotFound) else sentence(error)
        drop = ErrorDrop(code=error.status, title=texts("downloads.title"), text=words)
        meta = seo.meta(here, "/downloads", title=drop.title, robots="noindex")
        return page(request, "404", meta, {"error": drop}, status=error.status)
