"""Giving out media. Addresses carry the content's hash, so that they never change and may be kept for ever."""

from __future__ import annotations

import os
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from duli.base.errors import DuliError, sentence
from duli.platform.media import files
from duli.platform.media.images import MIMES
from duli.platform.media.renditions import rendition
from duli.platform.media.types import FORMATS

FOREVER = "public, max-age=31536000, immutable"
_TYPES = {**MIMES, "mp4": "video/mp4", "webm": "video/webm"}


@require_safe
def rendition_view(request: HttpRequest, asset_id: str, hash: str, width: str, extension: str) -> HttpResponseBase:
    try:
        path = rendition(asset_id=int(asset_id), hash=hash, width=int(width), extension=extension)
    except DuliError as error:
        return HttpResponse(sentence(error), status=404, content_type="text/plain; charset=utf-8")
    return _file(request, path, FORMATS[extension])


@require_safe
def original_view(request: HttpRequest, folder: str, hash: str, extension: str) -> HttpResponseBase:
    path = files.root() / files.original_name(hash, extension)
    if folder != hash[:2] or not path.is_file():
        return HttpResponse(gettext("There is no such file."), status=404, content_type="text/plain; charset=utf-8")
    return _file(request, path, _TYPES[extension])


def _file(request: HttpRequest, path: Path, mime: str) -> HttpResponseBase:
    tag = f'"{path.parent.name}-{path.name}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        size = path.stat().st_size
        span = _range(request.headers.get("Range", ""), size)
        if span is None:
            response = FileResponse(path.open("rb"), content_type=mime)
        elif span[0] > span[1]:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        else:
            response = _part(path, span[0], span[1], size, mime)
        response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = FOREVER
    response["ETag"] = tag
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte asked for; None for everything; first > last if there is no such part."""
    unit, _, wanted = header.partition("=")
    first, dash, last = wanted.strip().partition("-")
    if unit.strip() != "bytes" or not dash or not (first + last).isdigit():
        return None
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _part(path: Path, first: int, last: int, size: int, mime: str) -> HttpResponse:
    """Films are asked for in parts; a part is cut at 4 MB, players ask for the next."""
    last = min(last, first + 4 * 1024 * 1024 - 1)
    with path.open("rb") as file:
        file.seek(first, os.SEEK_SET)
        response = HttpResponse(file.read(last - first + 1), status=206, content_type=mime)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response
