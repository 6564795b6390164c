from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import clean_html, slugify
from duli.growth.content.models import Page
from duli.growth.content.types import PageHandleTaken
from duli.platform.store.changes import mark
from duli.platform.store.translations import delete_texts, save_texts


@transaction.atomic
def save_page(
    *,
    title: str,
    handle: str = "",
    body_html: str = "",
    page_id: int | None = None,
    seo_title: str = "",
    seo_description: str = "",
    menu: str = Page.Menu.NONE,
    position: int = 0,
    is_published: bool = True,
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> Page:
    """Create a page, or change the one called `page_id`; `texts` is {language: {title, body_html, …}}.

    The HTML is cleaned of everything that could run. Raises InvalidInput (title, menu), PageHandleTaken.
    """
    title = title.strip()
    if not title:
        raise InvalidInput(field="title")
    if menu not in Page.Menu.values:
        raise InvalidInput(field="menu")
    instant = now()
    page = Page.objects.filter(pk=page_id).first() if page_id else None
    page = page or Page(created_at=instant)
    wanted = slugify(handle or page.handle or title)[:150] or "page"
    if Page.objects.filter(handle=wanted).exclude(pk=page.pk).exists():
        raise PageHandleTaken(handle=wanted)
    page.handle = wanted
    page.title = title[:200]
    page.body_html = clean_html(body_html)
    page.seo_title = seo_title
    page.seo_description = seo_description
    page.menu = menu
    page.position = position
    page.is_published = is_published
    page.updated_at = instant
    page.save()
    for language, values in (texts or {}).items():
        cleaned = {key: clean_html(value) if key == "body_html" else value for key, value in values.items()}
        save_texts(kind="page", object_id=page.pk, language=language, values=cleaned)
    mark("content", f"page:{page.pk}")
    return page


@transaction.atomic
def delete_page(*, page_id: int) -> None:
    """Remove a page and its translations."""
    delete_texts(kind="page", ids=[page_id])
    Page.objects.filter(pk=page_id).delete()
    mark("content", f"page:{page_id}")
