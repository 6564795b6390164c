"""The trunk that all pages hang on. A migration plants it; a database that was emptied gets it again."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Site
from wagtail.models import Page as TreePage

from duli.growth.content.models import BlogIndex, ContentHome


def trunk() -> ContentHome:
    """Return the page above all pages."""
    return ContentHome.objects.first() or _plant()[0]


def blog_index() -> BlogIndex:
    """Return the page above all posts."""
    return BlogIndex.objects.first() or _plant()[1]


@transaction.atomic
def _plant() -> tuple[ContentHome, BlogIndex]:
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    root = TreePage.get_first_root_node() or TreePage.add_root(title="Root", slug="root", locale=locale)
    home = ContentHome.objects.first() or root.add_child(instance=ContentHome(title="Pages", slug="shop"))
    index = BlogIndex.objects.first() or home.add_child(instance=BlogIndex(title="Blog", slug="blog"))
    if not Site.objects.exists():
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    return home, index
