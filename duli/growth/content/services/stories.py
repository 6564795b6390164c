"""Verbs by which programs write pages and posts of the editor. Each saves one version, as the editor does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.blocks.stream_block import StreamValue

from duli.base.clock import now
from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.base.text import one_line, slugify, without_control
from duli.growth.content.body import BodyBlock
from duli.growth.content.models import BlogPost, Page, PageText, StandardPage
from duli.growth.content.models.pages import ShopPage
from duli.growth.content.services.tree import blog_index, trunk
from duli.growth.content.types import PageHandleTaken, StoryDraft, StoryText
from duli.platform.audit.services import record_change
from duli.platform.media.models import Asset, AssetKind
from duli.platform.store.seen import hold
from duli.platform.store.selectors import current_store, languages

KINDS: Final[Mapping[str, type[StandardPage] | type[BlogPost]]] = {"pages": StandardPage, "posts": BlogPost}
_ONLY: Final = {"pages": {"menu"}, "posts": {"date", "author", "excerpt", "tags"}}
_COLUMNS: Final = {"title": "title", "seo_title": "seo_title", "seo_description": "search_description"}
_BLOCKS: Final = BodyBlock()


def _lock(page_id: int) -> str:
    """Return the name under which one version of a page is saved after the other, by whatever way."""
    return f"story:{page_id}"


@contextmanager
def saving_alone(*, page_id: int) -> Iterator[None]:
    """Let what saves a page without a verb of ours, the editor's own views, wait for every other save of it."""
    with transaction.atomic():
        hold(_lock(page_id))
        yield


@transaction.atomic
def save_story(
    *,
    kind: str,
    draft: StoryDraft,
    page_id: int | None = None,
    expected_version: int | None = None,
    actor: str = "",
) -> ShopPage:
    """Write a page or post (`kind` "pages" or "posts") and save it as a version; what the draft leaves out stays.

    With `published` it is shown to shoppers, from `go_live_at` on if that is still to come; with False it is taken
    back; with None the version is a draft beside what shoppers see. `expected_version` is the version that the writer
    read. Raises InvalidInput, NotFound, PageHandleTaken, Conflict (somebody saved another version since).
    """
    foreign = {name for other, names in _ONLY.items() if other != kind for name in names} & draft.given()
    if foreign:
        raise InvalidInput(field=min(foreign))
    if page_id is None:
        page: ShopPage = KINDS[kind](title="")
    else:
        hold(_lock(page_id))
        page = _latest(kind, page_id, expected_version)
    before = {"title": page.title, "address": page.address, "published": page.live} if page_id else None
    _write(page, draft)
    if page_id is None:
        page.live = False
        (trunk() if kind == "pages" else blog_index()).add_child(instance=page)
    revision = page.save_revision(log_action=True)
    if draft.published:
        revision.publish()
    page = KINDS[kind].objects.get(pk=page.pk)
    if draft.published is False and page.live:
        page.unpublish()
    record_change(
        area="content",
        reference=f"page:{page.pk}",
        label=page.title,
        before=before,
        after={"title": draft.title or page.title, "address": page.address, "published": page.live},
        actor=actor,
    )
    return page


def _latest(kind: str, page_id: int, expected_version: int | None) -> ShopPage:
    stored = KINDS[kind].objects.filter(pk=page_id).first()
    if stored is None:
        raise NotFound()
    if expected_version is not None and stored.latest_revision_id != expected_version:
        raise Conflict()
    page: ShopPage = stored.get_latest_revision_as_object()
    return page


def _write(page: ShopPage, draft: StoryDraft) -> None:
    given = draft.given()
    for name, column in _COLUMNS.items():
        if name in given:
            setattr(page, column, one_line(getattr(draft, name)))
    if not page.title:
        raise InvalidInput(field="title")
    for name in ("menu", "date", "author", "excerpt", "go_live_at", "expire_at"):
        if name in given:
            value = getattr(draft, name)
            setattr(page, name, without_control(value) if isinstance(value, str) else value)
    if "cover_id" in given:
        if draft.cover_id and not Asset.objects.filter(pk=draft.cover_id, kind=AssetKind.IMAGE).exists():
            raise InvalidInput(field="cover_id")
        page.cover_id = draft.cover_id  # type: ignore[attr-defined]
    if draft.tags is not None:
        page.tags.set([name for tag in draft.tags if (name := one_line(tag))])  # type: ignore[attr-defined]
    if draft.body is not None:
        page.body = checked_body(draft.body, "body")  # type: ignore[attr-defined]
    if draft.texts is not None:
        _translate(page, draft.texts)
    _plan(page, given)
    _address(page, draft.slug)
    try:
        page.full_clean(exclude=["path", "depth", "slug", "content_type", "owner"])
    except ValidationError as error:
        names = error.message_dict if hasattr(error, "error_dict") else {}
        raise InvalidInput(field=next(iter(names), "body")) from None


def _plan(page: ShopPage, given: set[str]) -> None:
    starts, ends = page.go_live_at, page.expire_at
    if ends is not None and "expire_at" in given and (ends <= now() or (starts is not None and ends <= starts)):
        raise InvalidInput(field="expire_at")


def _address(page: ShopPage, slug: str | None) -> None:
    """Give the page the address asked for, or one from its title that is free."""
    if slug is None and page.slug:
        return
    wanted = slugify(slug or page.title)[:80] or "page"
    page.slug = free_address(page, wanted)
    if slug and page.slug != wanted:
        raise PageHandleTaken(handle=wanted)


def free_address(page: ShopPage, wanted: str) -> str:
    """Return `wanted` as the last part of the page's address, or with the first number that makes it free."""
    is_page = isinstance(page, StandardPage)
    parent = trunk() if is_page else blog_index()
    taken = set(
        parent.get_children().exclude(pk=page.pk).filter(slug__startswith=wanted).values_list("slug", flat=True)
    )
    if is_page:
        taken |= set(Page.objects.filter(handle__startswith=wanted).values_list("handle", flat=True))
    candidates = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _translate(page: ShopPage, texts: Mapping[str, StoryText | None]) -> None:
    """Change the languages that are given; None takes one away."""
    if not set(texts) <= set(languages()) - {current_store().default_language}:
        raise InvalidInput(field="texts")
    kept = {row.language: row for row in page.texts.all()}  # type: ignore[attr-defined]
    for language, text in texts.items():
        if text is None:
            kept.pop(language, None)
            continue
        row = kept.setdefault(language, PageText(language=language))
        for field in fields(text):
            value = getattr(text, field.name)
            if value is None:
                continue
            setattr(row, field.name, checked_body(value, "texts") if field.name == "body" else without_control(value))
        if not row.title.strip():
            raise InvalidInput(field="texts")
    page.texts = list(kept.values())  # type: ignore[attr-defined]


def checked_body(blocks: Sequence[Mapping[str, Any]], field: str) -> StreamValue:
    """Return a body of {type, value} blocks as the editor would have saved it. InvalidInput for any other."""
    raw = [{"type": block.get("type"), "value": block.get("value")} for block in blocks]
    written = json.dumps(raw)
    if any(block["type"] not in _BLOCKS.child_blocks for block in raw) or "\\u0000" in written:
        raise InvalidInput(field=field)
    try:
        json.dumps(raw, ensure_ascii=False).encode()
        value: StreamValue = _BLOCKS.clean(_BLOCKS.to_python(raw))
        _BLOCKS.get_prep_value(value)
    except (ValidationError, UnicodeEncodeError, TypeError, ValueError, AttributeError, KeyError):
        # Blocks take apart what they are given without asking for its shape first.
        raise InvalidInput(field=field) from None
    return value
