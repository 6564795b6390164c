from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from duli.base.errors import DuliError
from duli.platform.media.types import ImageView

LEGAL_HANDLES = ("terms", "privacy", "returns", "shipping", "imprint")
"""Addresses of the texts that every shop needs."""


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


class TopicExists(DuliError):
    code = "topic_exists"
    message = _("There is a topic called “%(name)s” already.")
    status = 409


@dataclass(frozen=True, slots=True)
class Question:
    question: str
    answer_html: str


@dataclass(frozen=True, slots=True)
class BlockView:
    """One block of a body. What belongs to other kinds is empty; HTML was cleaned, links are safe."""

    kind: str
    text: str = ""
    html: str = ""
    caption: str = ""
    link: str = ""
    player: str = ""
    asset_id: int = 0
    alt: str = ""
    product_ids: tuple[int, ...] = ()
    collection: str = ""
    limit: int = 0
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class TagView:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PostCard:
    """A post as a list shows it."""

    id: int
    slug: str
    title: str
    excerpt: str
    author: str
    date: date
    cover: ImageView | None
    tags: tuple[TagView, ...] = ()
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostList:
    posts: tuple[PostCard, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """A page of the editor in one language. `languages` are those it is written in, the store's own first."""

    id: int
    kind: str
    path: str
    title: str
    excerpt: str
    seo_title: str
    seo_description: str
    author: str
    date: date | None
    cover: ImageView | None
    blocks: tuple[BlockView, ...]
    pictures: Mapping[int, ImageView]
    tags: tuple[TagView, ...]
    languages: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    language: str


Blocks = Sequence[Mapping[str, Any]]
"""A body as it is stored: {type, value} for each block."""


@dataclass(frozen=True, slots=True)
class StoryText:
    """A page in another language as a program writes it; None leaves a part as it is."""

    title: str | None = None
    excerpt: str | None = None
    body: Blocks | None = None
    seo_title: str | None = None
    seo_description: str | None = None


@dataclass(frozen=True, slots=True)
class StoryDraft:
    """What a program writes of a page or post. None leaves a part as it is; `emptied` names what is taken away."""

    title: str | None = None
    slug: str | None = None
    body: Blocks | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    cover_id: int | None = None
    menu: str | None = None
    date: date | None = None
    author: str | None = None
    excerpt: str | None = None
    tags: Sequence[str] | None = None
    texts: Mapping[str, StoryText | None] | None = None
    published: bool | None = None
    go_live_at: datetime | None = None
    expire_at: datetime | None = None
    emptied: frozenset[str] = frozenset()

    def given(self) -> set[str]:
        """Return the names of what is to be written."""
        return {name for name in self.__slots__ if name != "emptied" and getattr(self, name) is not None} | self.emptied
