"""Lets a Django template stand within the theme's layout, for pages that are not the theme's own."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from duli.platform.themes.engine import active_theme, compiled
from duli.web.storefront import seo
from duli.web.storefront.shell import page_drop, shell
from duli.web.storefront.where import where

register = template.Library()


class ShopPage(template.Node):
    child_nodelists = ("title", "content")

    def __init__(self, title: NodeList, content: NodeList) -> None:
        self.title = title
        self.content = content

    def render(self, context: Context) -> SafeString:
        request: HttpRequest = context["request"]
        here = where(request)
        title = strip_tags(self.title.render(context)).strip()
        values = {
            "shell": shell(here),
            "meta": seo.meta(here, request.path_info, title=title, robots="noindex"),
            "page": page_drop(request, "account"),
            "content": self.content.render(context),
        }
        return mark_safe(compiled(active_theme(), here.language).render_template("layout/theme.html", values))  # noqa: S308


@register.tag
def shop_page(parser: Parser, token: Token) -> ShopPage:
    """``{% shop_page %}title{% shop_content %}content{% endshop_page %}``: the content in the theme's layout."""
    title = parser.parse(("shop_content",))
    parser.delete_first_token()
    content = parser.parse(("endshop_page",))
    parser.delete_first_token()
    return ShopPage(title, content)
