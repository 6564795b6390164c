"""Giving out media. Addresses carry the content's hash, so that they never change and may be kept for ever."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from duli.base.errors import DuliError, sentence
from duli.base.ranges import byte_range
from duli.platform.media import files, storage
from duli.platform.media.images import MIMES
from duli.platform.media.renditions import rendition
from duli.platform.media.storage import Opened, StorageUnreachable
from duli.platform.media.types import FORMATS

FOREVER = "public, max-age=31536000, immutable"
_TYPES = {**MIMES, "mp4": "video/mp4", "webm": "video/webm"}
_PART = 4 * 1024 * 1024


@require_safe
def rendition_view(request: HttpRequest, asset_id: str, hash: str, width: str, extension: str) -> HttpResponseBase:
    tag = f'"{asset_id}-{hash}-{width}.{extension}"'
    if request.headers.get("If-None-Match") == tag:
        return _kept(HttpResponse(status=304), tag)
    try:
        opened = rendition(asset_id=int(asset_id), hash=hash, width=int(width), extension=extension)
    except StorageUnreachable as error:
        return _text(error, 503)
    except DuliError as error:
        return _text(error, 404)
    return _kept(_whole(opened, FORMATS[extension]), tag)


@require_safe
def original_view(request: HttpRequest, folder: str, hash: str, extension: str) -> HttpResponseBase:
    tag = f'"{hash}.{extension}"'
    if folder != hash[:2]:
        return _missing()
    if request.headers.get("If-None-Match") == tag:
        return _kept(HttpResponse(status=304), tag)
    try:
        response = _original(files.original_name(hash, extension), request.headers.get("Range", ""), _TYPES[extension])
    except StorageUnreachable as error:
        return _text(error, 503)
    return _missing() if response is None else _kept(response, tag)


def _original(name: str, wanted: str, mime: str) -> HttpResponseBase | None:
    """Return the file or the part of it that is `wanted`; None if there is no such file."""
    store = storage.current()
    size = store.size(name)
    if size is None:
        return None
    span = byte_range(wanted, size)
    if span is None:
        opened = store.open(name)
        return _whole(opened, mime) if opened else None
    first, last = span
    if first > last:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    # Films are asked for in parts; a part is cut at 4 MB, players ask for the next.
    last = min(last, first + _PART - 1)
    opened = store.open(name, first, last)
    if opened is None:
        return None
    with opened.stream:
        part = HttpResponse(opened.stream.read(last - first + 1), status=206, content_type=mime)
    part["Content-Range"] = f"bytes {first}-{last}/{size}"
    return part


def _text(error: DuliError, status: int) -> HttpResponse:
    return HttpResponse(sentence(error), status=status, content_type="text/plain; charset=utf-8")


def _missing() -> HttpResponse:
    return HttpResponse(gettext("There is no such file."), status=404, content_type="text/plain; charset=utf-8")


def _whole(opened: Opened, mime: str) -> HttpResponseBase:
    response = FileResponse(opened.stream, content_type=mime)
    response["Content-Length"] = str(opened.size)
    return response


def _kept(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = FOREVER
    response["ETag"] = tag
    response["X-Content-Type-Options"] = "nosniff"
    return response
