"""Pages and posts that are written in the editor. The body is the editor's own: {type, value} for each block."""

from __future__ import annotations

from datetime import UTC, datetime
from datetime import date as Day  # a field below is called "date"
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from duli.base.errors import InvalidInput, NotFound
from duli.growth.content.body import raw_blocks
from duli.growth.content.models.pages import ShopPage
from duli.growth.content.services import save_story
from duli.growth.content.services.stories import KINDS
from duli.growth.content.types import StoryDraft, StoryText
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["content"])
Json = dict[str, Any]
Kind = Literal["pages", "posts"]
MOST_BLOCKS = 500
MAY_BE_EMPTIED = frozenset({"cover_id", "go_live_at", "expire_at"})


class BlockIn(Schema):
    type: str = Field(max_length=40, examples=["text"])
    value: Any = Field(None, examples=["<p>…</p>"])


Body = Annotated[list[BlockIn], Field(max_length=MOST_BLOCKS)]


class TextIn(Schema):
    title: str | None = Field(None, max_length=255)
    excerpt: str | None = Field(None, max_length=400)
    body: Body | None = None
    seo_title: str | None = Field(None, max_length=200)
    seo_description: str | None = Field(None, max_length=400)


class StoryPatch(Schema):
    version: int | None = None
    title: str | None = Field(None, max_length=255)
    slug: str | None = Field(None, max_length=80)
    body: Body | None = None
    seo_title: str | None = Field(None, max_length=255)
    seo_description: str | None = Field(None, max_length=1000)
    cover_id: Key | None = None
    menu: str | None = Field(None, max_length=10, description="Only of a page.")
    date: Day | None = Field(None, description="Only of a post, as author, excerpt and tags are.")
    author: str | None = Field(None, max_length=120)
    excerpt: str | None = Field(None, max_length=400)
    tags: list[Annotated[str, Field(max_length=100)]] | None = Field(None, max_length=50)
    texts: dict[str, TextIn | None] | None = Field(
        None, description="By language; null takes one away, those not given stay."
    )
    published: bool | None = Field(
        None, description="True shows this version, from `go_live_at` on; false takes the page back; else a draft."
    )
    go_live_at: datetime | None = None
    expire_at: datetime | None = None


class StoryIn(StoryPatch):
    title: str = Field(max_length=255)


def _head(row: ShopPage) -> Json:
    return {
        "id": row.pk,
        "title": row.title,
        "slug": row.slug,
        "path": row.address,
        "version": row.latest_revision_id,
        "published": row.live,
        "has_unpublished_changes": row.has_unpublished_changes,
        "updated_at": _instant(row.latest_revision_created_at),
    }


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None


def _full(kind: str, row: ShopPage) -> Json:
    """Describe the newest version, published or not."""
    newest: Any = row.get_latest_revision_as_object()
    own: Json = {"menu": newest.menu} if kind == "pages" else {}
    if kind == "posts":
        own = {
            "date": newest.date.isoformat(),
            "author": newest.author,
            "excerpt": newest.excerpt,
            "tags": sorted(tag.name for tag in newest.tags.all()),
        }
    return {
        **_head(row),
        "title": newest.title,
        "slug": newest.slug,
        "body": _blocks(newest.body),
        "seo_title": newest.seo_title,
        "seo_description": newest.search_description,
        "cover_id": newest.cover_id,
        **own,
        "texts": {
            text.language: {
                "title": text.title,
                "excerpt": text.excerpt,
                "body": _blocks(text.body),
                "seo_title": text.seo_title,
                "seo_description": text.seo_description,
            }
            for text in newest.texts.all()
        },
        "go_live_at": _instant(newest.go_live_at),
        "expire_at": _instant(newest.expire_at),
    }


def _blocks(body: Any) -> list[Json]:
    return [{"type": block["type"], "value": block["value"]} for block in raw_blocks(body)]


def _one(kind: str, page_id: int) -> Json:
    row = KINDS[kind].objects.filter(pk=page_id).first()
    if row is None:
        raise NotFound()
    return _full(kind, row)


def _aware(value: datetime) -> datetime:
    if not 1900 <= value.year < 9999:
        raise InvalidInput(field="go_live_at")
    return value if timezone.is_aware(value) else timezone.make_aware(value)


def _draft(body: StoryPatch) -> StoryDraft:
    given = body.dict(exclude_unset=True, exclude={"version"})
    empty = {name for name, value in given.items() if value is None}
    if not empty <= MAY_BE_EMPTIED:
        raise InvalidInput(field=min(empty - MAY_BE_EMPTIED))
    for name in ("go_live_at", "expire_at"):
        if given.get(name) is not None:
            given[name] = _aware(given[name])
    if given.get("texts"):
        given["texts"] = {
            language: StoryText(**text) if text is not None else None for language, text in given["texts"].items()
        }
    return StoryDraft(**given, emptied=frozenset(empty))


@router.get("/{kind}", response={200: Json, **ERRORS})
@scope("content.edit")
def list_stories(request: HttpRequest, kind: Kind, after: str = "", limit: int = PAGE) -> Json:
    """Pages or posts, newest first, without what they say."""
    found, cursor = page_by_id(KINDS[kind].objects.all(), after=after, limit=limit)
    return {kind: [_head(row) for row in found], "next": cursor}


@router.get("/{kind}/{int:page_id}", response={200: Json, **ERRORS})
@scope("content.edit")
def get_story(request: HttpRequest, kind: Kind, page_id: int) -> Json:
    """The newest version of a page or post, published or not, in all its languages."""
    return _one(kind, page_id)


@router.post("/{kind}", response={201: Json, **ERRORS})
@scope("content.edit", needs_key=True)
def create_story(request: HttpRequest, kind: Kind, body: StoryIn) -> Status[Json]:
    """Write a page or post: a draft unless `published` says otherwise. An address it lacks is made from the title."""
    page = save_story(kind=kind, draft=_draft(body), actor=actor_of(request))
    return Status(201, _one(kind, page.pk))


@router.patch("/{kind}/{int:page_id}", response={200: Json, **ERRORS})
@scope("content.edit")
def change_story(request: HttpRequest, kind: Kind, page_id: int, body: StoryPatch) -> Json:
    """Save a version with what is given; the rest stays. With `version`, only if it is still the newest (409)."""
    save_story(kind=kind, page_id=page_id, draft=_draft(body), expected_version=body.version, actor=actor_of(request))
    return _one(kind, page_id)
