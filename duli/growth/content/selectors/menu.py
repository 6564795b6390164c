from __future__ import annotations

from duli.growth.content.models import Page, PageText, StandardPage
from duli.growth.content.selectors.text_pages import published_pages
from duli.growth.content.types import PageLink
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

_links: ChangeCache[tuple[PageLink, ...]] = ChangeCache(16)


def menu_links(language: str) -> tuple[PageLink, ...]:
    """Return the pages that stand in a menu: what was written in the editor first, then legal texts, in order."""

    def read() -> tuple[PageLink, ...]:
        written = StandardPage.objects.filter(live=True).exclude(menu=Page.Menu.NONE).order_by("path")
        rows = list(written.values_list("pk", "slug", "title", "menu"))
        titles: dict[int, str] = {}
        if rows and language != current_store().default_language:
            texts = PageText.objects.filter(page_id__in=[row[0] for row in rows], language=language)
            titles = dict(texts.values_list("page_id", "title"))
        links = [PageLink(slug, titles.get(pk) or title, menu) for pk, slug, title, menu in rows]
        menus = dict(Page.objects.filter(is_published=True).values_list("handle", "menu"))
        links += [
            PageLink(page.handle, page.title, menus[page.handle])
            for page in published_pages(language)
            if menus.get(page.handle, Page.Menu.NONE) != Page.Menu.NONE
        ]
        return tuple(links)

    return _links.get_or_make(language, read, ["content", "store"])
