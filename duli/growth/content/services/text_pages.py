from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import clean_html, slugify
from duli.growth.content.models import Page, StandardPage
from duli.growth.content.selectors.text_pages import page_texts
from duli.growth.content.types import PageHandleTaken
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold
from duli.platform.store.selectors import current_store
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
    taken = Page.objects.filter(handle=wanted).exclude(pk=page.pk).exists()
    if taken or StandardPage.objects.filter(slug=wanted).exists():
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


@transaction.atomic
def save_legal_text(
    *,
    handle: str,
    language: str,
    title: str,
    body_html: str,
    menu: str = Page.Menu.NONE,
    actor: str = "",
    seen: Seen | None = None,
) -> Page:
    """Write one of the shop's legal texts in one language; its page is made with the first of them.

    Raises InvalidInput (title).
    """
    hold(f"page:{handle}", seen)
    title = title.strip()
    if not title:
        raise InvalidInput(field="title")
    body = clean_html(body_html)
    own = language == current_store().default_language
    page = Page.objects.filter(handle=handle).first()
    before = page_texts(handle).get(language, ("", ""))
    if page is None or own:
        page = save_page(
            page_id=page.pk if page else None,
            handle=handle,
            title=title,
            body_html=body if own else "",
            menu=page.menu if page else menu,
            position=page.position if page else 0,
            seo_title=page.seo_title if page else "",
            seo_description=page.seo_description if page else "",
        )
    if not own:
        save_texts(kind="page", object_id=page.pk, language=language, values={"title": title, "body_html": body})
        mark("content", f"page:{page.pk}")
    record_change(
        area="settings",
        reference=f"page:{page.pk}",
        label=f"{title} · {language}",
        before={"title": before[0], "text": before[1]},
        after={"title": title, "text": body},
        actor=actor,
    )
    return page
