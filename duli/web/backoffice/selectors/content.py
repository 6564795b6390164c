"""Reads of the lists of the Content area: pages and posts as they are edited, and topics."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from wagtail.models import Revision

from duli.growth.content.models import BlogPost, BlogTag, PageText, StandardPage, TaggedPost
from duli.growth.content.selectors.pages import TAG_KIND
from duli.platform.media.selectors import image_views
from duli.platform.media.types import source
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import texts
from duli.web.backoffice.kit import cursors

PAGE = 50
VIEWS: dict[str, Q] = {
    "all": Q(),
    "live": Q(live=True),
    "draft": Q(live=False),
    "changed": Q(live=True, has_unpublished_changes=True),
}


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A page or a post, as whoever writes sees it."""

    id: int
    title: str
    path: str
    image: str
    live: bool
    changed: bool
    goes_live_at: datetime | None
    """When the latest version is to be published."""
    author: str
    day: date | None
    topics: tuple[str, ...]
    missing: tuple[str, ...]
    """Languages of the shop that it is not written in."""
    edited_at: datetime | None


def story_page(
    model: type[StandardPage] | type[BlogPost], *, query: str, view: str, after: str
) -> tuple[list[StoryRow], str]:
    """Return one page of pages or posts, the newest first (five queries, six for posts)."""
    scheduled = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    rows: Any = model.objects.filter(VIEWS.get(view, Q()))
    if view == "scheduled":
        rows = rows.filter(pk__in=[int(key) for key in scheduled.values_list("object_id", flat=True)])
    if query:
        rows = rows.filter(
            Q(draft_title__icontains=query) | Q(title__icontains=query) | Q(texts__title__icontains=query)
        ).distinct()
    found, cursor = cursors.page(rows, order="-date" if model is BlogPost else "-path", after=after, limit=PAGE)
    ids = [row.pk for row in found]
    pictures = image_views(row.cover_id for row in found if row.cover_id)
    written: dict[int, set[str]] = defaultdict(set)
    for page_id, language in (
        PageText.objects.filter(page_id__in=ids).exclude(title="").values_list("page_id", "language")
    ):
        written[page_id].add(language)
    planned = dict(
        scheduled.filter(object_id__in=[str(pk) for pk in ids]).values_list("object_id", "approved_go_live_at")
    )
    topics: dict[int, list[str]] = defaultdict(list)
    if model is BlogPost:
        names = TaggedPost.objects.filter(content_object_id__in=ids).order_by("pk")
        for page_id, name in names.values_list("content_object_id", "tag__name"):
            topics[page_id].append(name)
    others = [code for code in languages() if code != current_store().default_language]
    result = [
        StoryRow(
            id=row.pk,
            title=row.draft_title or row.title,
            path=row.address,
            image=source(pictures[row.cover_id], 160) if row.cover_id in pictures else "",
            live=row.live,
            changed=row.live and row.has_unpublished_changes,
            goes_live_at=planned.get(str(row.pk)),
            author=getattr(row, "author", ""),
            day=getattr(row, "date", None),
            topics=tuple(topics[row.pk]),
            missing=tuple(code for code in others if code not in written[row.pk]),
            edited_at=row.latest_revision_created_at,
        )
        for row in found
    ]
    return result, cursor


@dataclass(frozen=True, slots=True)
class TopicRow:
    id: int
    name: str
    slug: str
    others: tuple[str, ...]
    """What it is called in the shop's other languages."""
    posts: int


def topic_page(query: str, *, after: str) -> tuple[list[TopicRow], str]:
    """Return topics by their names, with their numbers of posts (two queries and one for each other language)."""
    rows = BlogTag.objects.filter(name__icontains=query) if query else BlogTag.objects.all()
    found, cursor = cursors.page(rows, order="name", after=after, limit=PAGE)
    ids = [row.pk for row in found]
    counts = dict(BlogTag.objects.filter(pk__in=ids).annotate(used=Count("posts")).order_by().values_list("pk", "used"))
    others = [code for code in languages() if code != current_store().default_language]
    called = [texts(TAG_KIND, ids, code) for code in others] if ids else []
    result = [
        TopicRow(
            id=row.pk,
            name=str(row.name),
            slug=row.slug,
            others=tuple(filter(None, (there.get(row.pk, {}).get("name", "") for there in called))),
            posts=counts.get(row.pk, 0),
        )
        for row in found
    ]
    return result, cursor


def posts_of(topic_id: int) -> int:
    """Return how many posts have a topic."""
    return TaggedPost.objects.filter(tag_id=topic_id).count()
