"""Pictures and films of a product: kept one by one as they are dropped, or with the form."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from duli.base.errors import DuliError, sentence
from duli.base.text import one_line
from duli.platform.accounts.permissions import require
from duli.platform.language_models.configuration import is_on
from duli.platform.media.models import Asset
from duli.platform.media.services import store_image, store_link, store_video
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.product_form import other_languages
from duli.web.backoffice.selectors.product_page import tiles
from duli.web.backoffice.shell import render

FILM = ("video/mp4", "video/webm", "video/quicktime")


def keep_files(request: HttpRequest, *, most: int) -> list[int]:
    """Keep the files and the film's address that came with the form; return their ids. Raises what media raises."""
    files = request.FILES.getlist("media_files")[: max(most, 0)]
    address = request.POST.get("media_link", "").strip()
    if files or address:
        require(request.user, "media.edit")
    kept = [_keep(request, file).pk for file in files]
    if address and len(kept) < most:
        kept.append(store_link(url=address[:1000], actor=actor_of(request)).pk)
    return kept


def _keep(request: HttpRequest, file: UploadedFile[Any]) -> Asset:
    store = store_video if file.content_type in FILM else store_image
    return store(content=cast(BinaryIO, file.file), name=file.name or "", actor=actor_of(request))


@screen("catalogue.view", write="media.edit", methods=("POST",))
def media_upload(request: HttpRequest) -> HttpResponse:
    """Keep one picture or film and answer with its tile; a sentence as plain text if it is none."""
    file = request.FILES.get("file")
    address = one_line(request.POST.get("link", ""), 1000)
    try:
        if file is not None:
            asset = _keep(request, file)
        elif address:
            asset = store_link(url=address, actor=actor_of(request))
        else:
            return _said(gettext("Choose a picture."), 422)
    except DuliError as error:
        return _said(sentence(error), error.status)
    context = {"tile": tiles([asset.pk])[0], "may_edit": True, "languages": other_languages(), "writes": is_on()}
    return render(request, "backoffice/kit/media_tile.html", context)


def _said(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
