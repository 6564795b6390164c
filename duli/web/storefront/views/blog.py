"""The blog and the pages of the editor: lists, posts, feed, and the preview of what is being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from duli.growth.content import previews
from duli.growth.content import selectors as content
from duli.growth.content.types import PostCard, PostList, StoryView
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.drops import LinkDrop
from duli.web.storefront.page_cache import topics
from duli.web.storefront.render import page
from duli.web.storefront.shell import TOPICS
from duli.web.storefront.stories import pager, post_drops, product_topics, story_drop, story_json_ld
from duli.web.storefront.where import Where, absolute, where

CATALOGUE = ("catalogue",)
MORE_POSTS = 3


@require_safe
def blog(request: HttpRequest, topic: str = "") -> HttpResponse:
    """The list of posts, all or those of a topic."""
    here = where(request)
    number = _page_number(request)
    tag = content.tag_by_slug(topic, here.language) if topic else None
    if topic and tag is None:
        raise Http404
    path = f"/blog/topics/{topic}" if topic else "/blog"
    found = content.posts(here.language, tag=topic, page=number)
    if number > found.pages:
        raise Http404
    index = content.blog_page(here.language)
    heading = _heading(here)
    title = tag.name if tag else heading
    crumbs = _crumbs(here, heading, *([(tag.name, path)] if tag else []))
    cover = next((card.cover for card in found.posts if card.cover), None)
    own = index.seo_title if index and not tag else ""
    meta = seo.meta(
        here,
        path,
        title=own or title,
        description=index.seo_description if index else "",
        query=f"?page={found.page}" if found.page > 1 else "",
        og_image=_large(cover, here),
        json_ld=[seo.breadcrumb(crumbs)],
        feed=here.url("/blog/feed.xml"),
    )
    context = {
        "blog": {
            "title": title,
            "is_topic": bool(tag),
            "all_url": here.url("/blog"),
            "feed": here.url("/blog/feed.xml"),
        },
        "posts": post_drops(found.posts, here),
        "pager": _pages(found, path, here),
        "crumbs": crumbs,
    }
    return page(request, "blog", meta, context, topics=topics(TOPICS, CATALOGUE))


def _heading(here: Where) -> str:
    return content.blog_heading(here.language) or str(theme_texts(here.language)("blog.title"))


def _large(cover: Any, here: Where) -> str:
    from duli.web.storefront.pictures import image_drop

    return image_drop(cover).large if cover else ""


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Http404
    return max(int(text), 1)


def _pages(found: PostList, path: str, here: Where) -> dict[str, str]:
    return pager(found.page, found.pages, here.url(path))


def _crumbs(here: Where, heading: str, *last: tuple[str, str]) -> tuple[LinkDrop, ...]:
    trail = [(theme_texts(here.language)("general.home"), "/"), (heading, "/blog"), *last]
    return tuple(LinkDrop(label, here.url(path), current=path == trail[-1][1]) for label, path in trail)


@require_safe
def post(request: HttpRequest, slug: str) -> HttpResponse:
    here = where(request)
    found = content.post(slug, here.language)
    if found is None:
        raise Http404
    return _draw(request, found, here, keep=True)


def story_page(request: HttpRequest, slug: str) -> HttpResponse | None:
    """Return the page of the editor called `slug`, or None."""
    here = where(request)
    found = content.standard_page(slug, here.language)
    return _draw(request, found, here, keep=True) if found else None


def _draw(request: HttpRequest, story: StoryView, here: Where, *, keep: bool) -> HttpResponse:
    is_post = story.kind == "blogpost"
    if is_post:
        heading = _heading(here)
        crumbs = _crumbs(here, heading, (story.title, story.path))
    else:
        home = LinkDrop(theme_texts(here.language)("general.home"), here.url("/"))
        crumbs = (home, LinkDrop(story.title, here.url(story.path), current=True))
    drop = story_drop(story, here)
    meta = seo.meta(
        here,
        story.path,
        title=story.seo_title or story.title,
        description=story.seo_description or story.excerpt or drop.opening,
        og_type="article" if is_post else "website",
        og_image=drop.cover.large if drop.cover else "",
        json_ld=[*([story_json_ld(story, drop, here)] if is_post else []), seo.breadcrumb(crumbs)],
        languages_written=story.languages,
        robots="" if keep else "noindex, nofollow",
        feed=here.url("/blog/feed.xml") if is_post else "",
    )
    context: dict[str, Any] = {"story": drop, "crumbs": crumbs}
    if is_post:
        latest = content.latest_posts(here.language)
        others = [card for card in latest if card.id != story.id][:MORE_POSTS]
        context |= {"more": post_drops(others, here), "blog_url": here.url("/blog")}
    kept = topics(TOPICS, CATALOGUE, product_topics(story)) if keep else None
    return page(request, "post" if is_post else "story", meta, context, topics=kept)


def _preview(request: HttpRequest, story: StoryView) -> HttpResponse:
    """A page as it will be: for who is writing it, for caches and search engines never."""
    here = where(request)
    if story.kind == "blogindex":
        return blog(request)
    response = _draw(request, story, here, keep=False)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


previews.faces.register(previews.SHOP, _preview)


@require_safe
def without_slash(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The address with a slash at its end is the same as the one without."""
    return HttpResponsePermanentRedirect(where(request).url(f"/blog{'/' + rest if rest else ''}"))


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest posts as RSS 2.0."""
    here = where(request)
    posts = content.feed_posts(here.language)
    store = current_store(here.language)
    heading = _heading(here)
    items = "".join(_item(card, here) for card in posts)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(f'{heading} – {store.name}')}</title>"
        f"<link>{escape(absolute(here.url('/blog')))}</link>"
        f"<description>{escape(store.tagline or store.name)}</description>"
        f"<language>{here.language}</language>"
        f'<atom:link href="{escape(absolute(here.url("/blog/feed.xml")))}" rel="self" type="application/rss+xml"/>'
        f"{items}</channel></rss>"
    )
    response = HttpResponse(body, content_type="application/rss+xml; charset=utf-8")
    response.page_topics = topics(TOPICS)  # type: ignore[attr-defined]
    return response


def _item(card: PostCard, here: Where) -> str:
    address = escape(absolute(here.url(f"/blog/{card.slug}")))
    when = http_date(card.published_at.timestamp()) if card.published_at else ""
    parts: Sequence[str] = (
        f"<title>{escape(card.title)}</title>",
        f"<link>{address}</link>",
        f'<guid isPermaLink="true">{address}</guid>',
        f"<description>{escape(card.excerpt)}</description>",
        f"<dc:creator>{escape(card.author)}</dc:creator>" if card.author else "",
        f"<pubDate>{when}</pubDate>" if when else "",
        *(f"<category>{escape(tag.name)}</category>" for tag in card.tags),
    )
    return f"<item>{''.join(parts)}</item>"
