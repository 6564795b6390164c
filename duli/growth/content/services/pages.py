"""Verbs for pages of the editor. People write in Wagtail's editor, which calls its own; programs call these."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from wagtail.models import Page as TreePage

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.growth.content.models import BlogPost, Page, PageText, StandardPage
from duli.growth.content.models.pages import ShopPage
from duli.growth.content.selectors.pages import TAG_KIND
from duli.growth.content.services.tree import blog_index, trunk
from duli.growth.content.types import PageHandleTaken
from duli.platform.redirects.services import save_redirect
from duli.platform.store.changes import mark
from duli.platform.store.translations import save_texts

Blocks = Sequence[tuple[str, Any]]


def _raw(blocks: Blocks) -> list[dict[str, Any]]:
    return [{"type": kind, "value": value} for kind, value in blocks]


def _publish(page: ShopPage, parent: TreePage, texts: Mapping[str, Mapping[str, Any]]) -> None:
    page.texts = [  # type: ignore[attr-defined]
        PageText(language=language, **{**values, "body": _raw(values.get("body", ()))})
        for language, values in texts.items()
    ]
    parent.add_child(instance=page)
    # In the log, whose versions are what a later one can be taken back to.
    page.save_revision(log_action=True).publish()


@transaction.atomic
def publish_page(
    *,
    title: str,
    slug: str = "",
    body: Blocks = (),
    cover_id: int | None = None,
    menu: str = Page.Menu.NONE,
    seo_description: str = "",
    texts: Mapping[str, Mapping[str, Any]] | None = None,
) -> StandardPage:
    """Make a page and publish it. `body` is (kind, stored value) per block, `texts` {language: {title, body, …}}.

    Raises InvalidInput (title), PageHandleTaken.
    """
    page = StandardPage(
        title=_titled(title),
        slug=slug,
        body=_raw(body),
        cover_id=cover_id,
        menu=menu,
        search_description=seo_description,
    )
    if slug and Page.objects.filter(handle=slug).exists():
        raise PageHandleTaken(handle=slug)
    _publish(page, trunk(), texts or {})
    return page


@transaction.atomic
def publish_post(
    *,
    title: str,
    slug: str = "",
    body: Blocks = (),
    date: datetime.date | None = None,
    author: str = "",
    excerpt: str = "",
    cover_id: int | None = None,
    tags: Mapping[str, Mapping[str, str]] | Sequence[str] = (),
    seo_description: str = "",
    texts: Mapping[str, Mapping[str, Any]] | None = None,
) -> BlogPost:
    """Make a post and publish it. `tags` are names, or names with their translations {name: {language: name}}.

    Raises InvalidInput (title).
    """
    post = BlogPost(
        title=_titled(title),
        slug=slug,
        body=_raw(body),
        date=date or now().date(),
        author=author,
        excerpt=excerpt,
        cover_id=cover_id,
        search_description=seo_description,
    )
    post.tags.add(*tags)
    _publish(post, blog_index(), texts or {})
    if isinstance(tags, Mapping):
        for tag in post.tags.all():
            for language, name in tags.get(tag.name, {}).items():
                save_texts(kind=TAG_KIND, object_id=tag.pk, language=language, values={"name": name})
    return post


def _titled(title: str) -> str:
    if not title.strip():
        raise InvalidInput(field="title")
    return title.strip()[:255]


def publish_due() -> int:
    """Publish what is scheduled and take back what has expired; return how many revisions and pages that were."""
    from wagtail.models import Revision

    instant = now()
    expired = list(TreePage.objects.filter(live=True, expire_at__lt=instant).order_by("expire_at"))
    for page in expired:
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    due = list(Revision.objects.filter(approved_go_live_at__lt=instant).order_by("approved_go_live_at"))
    for revision in due:
        revision.publish(log_action="wagtail.publish.scheduled")
    return len(expired) + len(due)


@transaction.atomic
def note_change(*, page: TreePage) -> None:
    """Let every process forget what it knows of published pages."""
    mark("content", f"story:{page.pk}")


@transaction.atomic
def lead_to_new_address(*, before: ShopPage, after: ShopPage) -> None:
    """Send visitors of the old address to the new one, for good."""
    if before.address != after.address:
        save_redirect(source=before.address, target=after.address)
    mark("content", f"story:{after.pk}")
