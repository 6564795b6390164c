"""Giving out files that were bought: whole, or in parts, piece by piece whatever their size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.ranges import byte_range
from duli.commerce.downloads.services import open_download
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
    """Send the file a signed link opens; a request for its size alone is not counted."""
    header = request.headers.get("Range", "")
    begins = not header or header.replace(" ", "").startswith("bytes=0-")
    if request.method == "HEAD":
        return HttpResponse(headers={"Accept-Ranges": "bytes"})
    try:
        found = open_download(
            token=token,
            begins=begins,
            address=client_address(request),
            agent=request.headers.get("User-Agent", ""),
        )
    except DuliError as error:
        return private(_sorry(request, error))
    tag = f'"{found.tag[:32]}"'
    condition = request.headers.get("If-Range", "")
    span = byte_range(header, found.size) if header and condition in {"", tag} else None
    response: HttpResponseBase
    if span is None:
        response = FileResponse(found.path.open("rb"), content_type="application/octet-stream")
        response["Content-Length"] = str(found.size)
    elif span[0] > span[1]:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{found.size}"
    else:
        response = StreamingHttpResponse(
            _pieces(found.path, *span), status=206, content_type="application/octet-stream"
        )
        response["Content-Range"] = f"bytes {span[0]}-{span[1]}/{found.size}"
        response["Content-Length"] = str(span[1] - span[0] + 1)
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _pieces(path: Path, first: int, last: int) -> Iterator[bytes]:
    left = last - first + 1
    with path.open("rb") as file:
        file.seek(first)
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
