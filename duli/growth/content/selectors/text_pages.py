"""Reads of legal texts; cached in the process until the topic ``content`` changes."""

from __future__ import annotations

from duli.growth.content.models.text_pages import Page
from duli.growth.content.types import PageView
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import texts

_pages: ChangeCache[dict[str, PageView]] = ChangeCache(16)


def page_by_handle(handle: str, language: str) -> PageView | None:
    """Return the published page called `handle` in `language` where translated, or None."""
    return _published(language).get(handle)


def published_pages(language: str) -> list[PageView]:
    """Return every published page in menu order."""
    return list(_published(language).values())


def _published(language: str) -> dict[str, PageView]:
    def read() -> dict[str, PageView]:
        rows = list(Page.objects.filter(is_published=True))
        translated = {}
        if language != current_store().default_language:
            translated = texts("page", [row.pk for row in rows], language)
        pages = {}
        for row in rows:
            own = translated.get(row.pk, {})
            pages[row.handle] = PageView(
                id=row.pk,
                handle=row.handle,
                title=own.get("title", row.title),
                body_html=own.get("body_html", row.body_html),
                seo_title=own.get("seo_title", row.seo_title),
                seo_description=own.get("seo_description", row.seo_description),
                updated_at=row.updated_at,
            )
        return pages

    return _pages.get_or_make(language, read, ["content", "store"])


def page_texts(handle: str) -> dict[str, tuple[str, str]]:
    """Return title and text of a page by language, published or not (two queries)."""
    row = Page.objects.filter(handle=handle).first()
    if row is None:
        return {}
    found = {current_store().default_language: (row.title, row.body_html)}
    for language in languages():
        if language not in found and (own := texts("page", [row.pk], language).get(row.pk)):
            found[language] = (own.get("title", ""), own.get("body_html", ""))
    return found
