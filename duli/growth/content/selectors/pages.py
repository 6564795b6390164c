"""Reads of what was written in the editor; cached in the process until the topic ``content`` changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.db.models import FilteredRelation, Q, QuerySet
from wagtail.models import Page as TreePage

from duli.growth.content.body import raw_blocks
from duli.growth.content.models import BlogIndex, BlogPost, BlogTag, PageText, StandardPage, TaggedPost
from duli.growth.content.models.pages import ShopPage
from duli.growth.content.reading import linked_pages, read_blocks
from duli.growth.content.types import PostCard, PostList, StoryView, TagView
from duli.platform.media.selectors import VIEW_FIELDS, image_views
from duli.platform.media.types import ImageView
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import texts

POSTS_PER_PAGE = 12
POSTS_IN_FEED = 20
LATEST = 4
UNNAMED = "Blog"
"""What the blog is called before the merchant gives it a name; faces have a word of their own for that."""
TAG_KIND = "blog_tag"
_TOPICS = ("content", "store")
_COVER = tuple(f"cover__{name}" for name in VIEW_FIELDS)
_CARD = ("pk", "slug", "title", "excerpt", "author", "date", "first_published_at", "there__title", "there__excerpt")

_stories: ChangeCache[StoryView] = ChangeCache(200)
_lists: ChangeCache[PostList] = ChangeCache(100)
_headings: ChangeCache[dict[str, str]] = ChangeCache(1)
_latest: ChangeCache[tuple[PostCard, ...]] = ChangeCache(16)
_flags: ChangeCache[tuple[bool]] = ChangeCache(1)


def standard_page(slug: str, language: str) -> StoryView | None:
    """Return the published page called `slug` in `language`, or in the store's own where it is not translated."""
    return _story(StandardPage.objects.filter(live=True, slug=slug), ("page", slug), language)


def post(slug: str, language: str) -> StoryView | None:
    """Return the published post called `slug` in `language`, or in the store's own where it is not translated."""
    return _story(BlogPost.objects.filter(live=True, slug=slug), ("post", slug), language)


def blog_page(language: str) -> StoryView | None:
    """Return the page above all posts: its title and description."""
    return _story(BlogIndex.objects.filter(live=True), ("blog", ""), language)


def _story(found: QuerySet[Any], key: tuple[str, str], language: str) -> StoryView | None:
    kept = _stories.get((*key, language))
    if kept is not None:
        return kept
    generation = _stories.generation()
    page = found.first()
    if page is None:
        return None
    story = read_page(page, language)
    # A picture's focal point and description are part of what is kept.
    topics = [*_TOPICS, *(f"asset:{asset_id}" for asset_id in story.pictures)]
    _stories.put((*key, language), story, topics, generation=generation)
    return story


def read_page(page: ShopPage, language: str) -> StoryView:
    """Return a page, published or being written, in `language` (at most five queries).

    A text whose language has no title yet is not written; the store's own shows in its place.
    """
    own = current_store().default_language
    written = {text.language: text for text in cast(Any, page).texts.all() if text.title.strip()}
    offered = languages()
    text: PageText | None = written.get(language) if language != own else None
    body = raw_blocks(text.body if text is not None else getattr(page, "body", None))
    linked = linked_pages(body)
    blocks = read_blocks(body, addresses_of(linked))
    cover_id = getattr(page, "cover_id", None)
    wanted = {block.asset_id for block in blocks if block.asset_id} | ({cover_id} if cover_id else set())
    pictures = image_views(wanted)
    is_post = isinstance(page, BlogPost)
    return StoryView(
        id=page.pk or 0,
        kind=page._meta.model_name or "",
        path=page.address,
        title=text.title if text else page.title,
        excerpt=text.excerpt if text else getattr(page, "excerpt", ""),
        seo_title=(text.seo_title if text else page.seo_title) or "",
        seo_description=(text.seo_description if text else page.search_description) or "",
        author=getattr(page, "author", ""),
        date=getattr(page, "date", None),
        cover=pictures.get(cover_id) if cover_id else None,
        blocks=blocks,
        pictures=pictures,
        tags=_named([item.tag for item in cast(Any, page).tagged.select_related("tag")], language) if is_post else (),
        languages=tuple(code for code in offered if code == own or code in written),
        published_at=page.first_published_at,
        updated_at=page.last_published_at,
        language=language if text is not None or language == own else own,
    )


def addresses_of(ids: Iterable[int]) -> dict[int, str]:
    """Return the paths of published pages (one query, none for none)."""
    wanted = set(ids)
    if not wanted:
        return {}
    shapes = {"standardpage": "/pages/{}", "blogpost": "/blog/{}", "blogindex": "/blog", "contenthome": "/"}
    rows = TreePage.objects.filter(pk__in=wanted, live=True).values_list("pk", "slug", "content_type__model")
    return {pk: shapes[model].format(slug) for pk, slug, model in rows if model in shapes}


def posts(language: str, *, tag: str = "", page: int = 1) -> PostList:
    """Return one page of the published posts, the newest first; `tag` is a topic's slug (at most five queries)."""

    def read() -> PostList:
        found = BlogPost.objects.filter(live=True)
        if tag:
            found = found.filter(tagged__tag__slug=tag)
        total = found.count()
        pages = max(-(-total // POSTS_PER_PAGE), 1)
        here = min(max(page, 1), pages)
        start = (here - 1) * POSTS_PER_PAGE
        rows = _rows(found, language)[start : start + POSTS_PER_PAGE]
        return PostList(_cards(list(rows), _tags_of([row[0] for row in rows], language)), total, here, pages)

    return _lists.get_or_make((language, tag, page), read, [*_TOPICS, "catalogue"])


def feed_posts(language: str) -> tuple[PostCard, ...]:
    """Return the newest posts for a feed reader (three queries at most)."""
    rows = list(_rows(BlogPost.objects.filter(live=True), language)[:POSTS_IN_FEED])
    return _cards(rows, _tags_of([row[0] for row in rows], language))


def latest_posts(language: str) -> tuple[PostCard, ...]:
    """Return the four newest posts without their topics (one query)."""

    def read() -> tuple[PostCard, ...]:
        return _cards(list(_rows(BlogPost.objects.filter(live=True), language)[:LATEST]), {})

    return _latest.get_or_make(language, read, [*_TOPICS, "catalogue"])


def blog_heading(language: str) -> str:
    """Return what the merchant calls the blog in `language`; "" where nobody named it (one query for all)."""

    def read() -> dict[str, str]:
        rows = list(BlogIndex.objects.values_list("title", "texts__language", "texts__title"))
        named = {code: title for _own, code, title in rows if code and title}
        own = rows[0][0] if rows else ""
        return {"": "" if own == UNNAMED else own} | named

    found = _headings.get_or_make("blog", read, _TOPICS)
    return found.get(language if language != current_store().default_language else "", found[""])


def has_posts() -> bool:
    """Say whether the blog has anything to read."""
    return _flags.get_or_make("posts", lambda: (BlogPost.objects.filter(live=True).exists(),), _TOPICS)[0]


def _rows(found: QuerySet[BlogPost], language: str) -> QuerySet[Any, tuple[Any, ...]]:
    """Return what cards are made of, the newest first: each post with its translation and its cover."""
    wanted = language if language != current_store().default_language else ""
    there = FilteredRelation("texts", condition=Q(texts__language=wanted))
    return found.annotate(there=there).order_by("-date", "-page_ptr").values_list(*_CARD, *_COVER)


def _cards(rows: Sequence[tuple[Any, ...]], tags: Mapping[int, tuple[TagView, ...]]) -> tuple[PostCard, ...]:
    return tuple(
        PostCard(
            id=pk,
            slug=slug,
            title=there_title or title,
            excerpt=there_excerpt if there_title else excerpt,
            author=author,
            date=date,
            cover=ImageView(*cover) if cover[0] else None,
            tags=tags.get(pk, ()),
            published_at=published_at,
        )
        for pk, slug, title, excerpt, author, date, published_at, there_title, there_excerpt, *cover in rows
    )


def _tags_of(ids: Sequence[int], language: str) -> dict[int, tuple[TagView, ...]]:
    """Return the topics of posts by the posts' ids (two queries at most, none for no posts)."""
    if not ids:
        return {}
    links = list(TaggedPost.objects.filter(content_object_id__in=ids).select_related("tag").order_by("pk"))
    named = dict(zip([link.pk for link in links], _named([link.tag for link in links], language), strict=True))
    found: dict[int, tuple[TagView, ...]] = {}
    for link in links:
        found[link.content_object_id] = (*found.get(link.content_object_id, ()), named[link.pk])
    return found


def _named(tags: Sequence[BlogTag], language: str) -> tuple[TagView, ...]:
    """Return topics by their names in `language` (one query, none in the store's own)."""
    other = tags and language != current_store().default_language
    translated = texts(TAG_KIND, {tag.pk for tag in tags}, language) if other else {}
    return tuple(TagView(tag.slug, translated.get(tag.pk, {}).get("name") or str(tag.name)) for tag in tags)


def tag_by_slug(slug: str, language: str) -> TagView | None:
    """Return a topic that a published post has."""
    found = BlogTag.objects.filter(slug=slug, posts__content_object__live=True).first()
    return _named([found], language)[0] if found else None


def page_addresses() -> list[tuple[str, datetime | None, tuple[str, ...]]]:
    """Return path, last change and languages of every published page, for sitemaps (four queries)."""
    own = current_store().default_language
    offered = languages()
    found: list[tuple[int, str, datetime | None]] = []
    for model, shape in ((StandardPage, "/pages/{}"), (BlogPost, "/blog/{}")):
        rows = model.objects.filter(live=True).order_by("path").values_list("pk", "slug", "last_published_at")
        found += [(pk, shape.format(slug), changed) for pk, slug, changed in rows]
    written: dict[int, set[str]] = {}
    for page_id, language in PageText.objects.exclude(title="").values_list("page_id", "language"):
        written.setdefault(page_id, set()).add(language)
    return [
        (path, changed, tuple(code for code in offered if code == own or code in written.get(pk, ())))
        for pk, path, changed in found
    ]
