"""How a page looks before it is published. The shop's face registers itself: growth does not know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from duli.base.registry import Registry
from duli.growth.content.types import StoryView
from duli.platform.store.selectors import current_store, languages

if TYPE_CHECKING:
    from duli.growth.content.models.pages import ShopPage

SHOP: Final = "shop"
faces: Registry[Callable[[HttpRequest, StoryView], HttpResponse]] = Registry("face for previews")


def preview_languages() -> list[tuple[str, str]]:
    """Return code and name of every language that shoppers can choose, the store's own first."""
    names = dict(settings.LANGUAGES)
    return [(code, str(names.get(code, code))) for code in languages()]


def preview_prefix(language: str) -> str:
    """Return what stands before the path of a page in this language."""
    return f"/{language}" if language in languages() and language != current_store().default_language else ""


def draw(request: HttpRequest, page: ShopPage) -> HttpResponse:
    """Draw a page that need not be published as shoppers would see it."""
    from duli.growth.content.selectors.pages import read_page

    language = getattr(request, "storefront_language", "") or current_store().default_language
    return faces.get(SHOP)(request, read_page(page, language))
