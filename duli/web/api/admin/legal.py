"""The legal texts that every shop needs, in each of its languages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.base.text import one_line
from duli.growth.content.models import Page
from duli.growth.content.selectors import page_texts
from duli.growth.content.services import save_legal_text
from duli.growth.content.types import LEGAL_HANDLES
from duli.platform.store.selectors import languages
from duli.web.api.admin.gate import ERRORS, actor_of, scope

router = Router(tags=["legal texts"])
Json = dict[str, Any]


class LegalPatch(Schema):
    title: str | None = Field(None, max_length=200)
    body_html: str | None = Field(None, max_length=200_000)


def _text(handle: str) -> Json:
    found = page_texts(handle)
    return {
        "handle": handle,
        "texts": {language: {"title": title, "body_html": body} for language, (title, body) in found.items()},
    }


@router.get("", response={200: Json, **ERRORS})
@scope("settings.view")
def list_legal_texts(request: HttpRequest) -> Json:
    """Terms, privacy, returns, shipping and imprint, in the languages in which they are written."""
    return {"legal_texts": [_text(handle) for handle in LEGAL_HANDLES]}


@router.patch("/{handle}/{language}", response={200: Json, **ERRORS})
@scope("settings.edit")
def change_legal_text(request: HttpRequest, handle: str, language: str, body: LegalPatch) -> Json:
    """Write a text in one language, or change what is given of it; 409 if somebody else changes it at the same time."""
    if handle not in LEGAL_HANDLES or language not in languages():
        raise NotFound()
    before = page_texts(handle).get(language, ("", ""))
    given = body.dict(exclude_unset=True)
    for name, value in given.items():
        if value is None:
            raise InvalidInput(field=name)

    def unchanged() -> None:
        if page_texts(handle).get(language, ("", "")) != before:
            raise Conflict()

    save_legal_text(
        handle=handle,
        language=language,
        title=one_line(given.get("title", before[0])),
        body_html=given.get("body_html", before[1]),
        menu=Page.Menu.HELP,
        actor=actor_of(request),
        seen=unchanged,
    )
    return _text(handle)
