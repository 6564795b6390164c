"""What the templates around Wagtail's editor can say."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template import RequestContext
from django.urls import reverse
from django.utils.translation import get_language
from wagtail.admin.localization import get_js_translation_strings

from duli.growth.content.models import BlogIndex, BlogPost
from duli.growth.content.models.pages import ShopPage
from duli.growth.content.previews import preview_languages
from duli.growth.content.selectors import read_page
from duli.web.backoffice.shell import Shell, shell_for

register = template.Library()


@register.simple_tag(takes_context=True)
def content_shell(context: RequestContext) -> Shell:
    """Return the frame of the back office for a page of the editor, and say which language it speaks."""
    context["html_language"] = "zh-Hans" if (get_language() or "").startswith("zh") else "en"
    page = context.get("page") or context.get("object") or context.get("parent_page") or context.get("page_to_move")
    in_blog = isinstance(getattr(page, "specific", page), (BlogIndex, BlogPost))
    assert context.request is not None
    return shell_for(context.request, "content.blog" if in_blog else "content.pages")


@register.simple_tag(takes_context=True)
def content_config(context: RequestContext) -> dict[str, Any]:
    """Return what Wagtail's scripts want to know of this installation."""
    assert context.request is not None
    return {
        "CSRF_TOKEN": get_token(context.request),
        "CSRF_HEADER_NAME": "X-CSRFToken",
        # Its tree of pages, its pictures and its documents are not offered.
        "ADMIN_API": {"PAGES": "", "DOCUMENTS": "", "IMAGES": "", "EXTRA_CHILDREN_PARAMETERS": ""},
        "ADMIN_URLS": {
            "DISMISSIBLES": reverse("wagtailadmin_dismissibles"),
            "PAGES": reverse("wagtailadmin_explore_root"),
            "BLOCK_PREVIEW": reverse("wagtailadmin_block_preview"),
        },
        "I18N_ENABLED": False,
        "LOCALES": [],
        "STRINGS": get_js_translation_strings(),
        "KEYBOARD_SHORTCUTS_ENABLED": True,
    }


@register.simple_tag
def content_original(page: ShopPage) -> dict[str, Any]:
    """Return a page in the store's own language, as it was last saved, to be translated from."""
    language, name = preview_languages()[0]
    known = asdict(read_page(page, language)) if page.pk else {}
    return known | {"language": name}
