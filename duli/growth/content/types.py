from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duli.base.errors import DuliError


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class PageView:
    """A page in the reader's language; `body_html` was cleaned when it was saved."""

    id: int
    handle: str
    title: str
    body_html: str
    seo_title: str
    seo_description: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PageLink:
    handle: str
    title: str
    menu: str


class PageHandleTaken(DuliError):
    code = "page_handle_taken"
    message = _("The address “%(handle)s” is already in use.")
    status = 409
