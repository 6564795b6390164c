from __future__ import annotations

from duli.growth.content.selectors.menu import menu_links
from duli.growth.content.selectors.pages import (
    blog_heading,
    blog_page,
    feed_posts,
    has_posts,
    latest_posts,
    page_addresses,
    post,
    posts,
    read_page,
    standard_page,
    tag_by_slug,
)
from duli.growth.content.selectors.text_pages import page_by_handle, page_texts, published_pages

__all__ = [
    "blog_heading",
    "blog_page",
    "feed_posts",
    "has_posts",
    "latest_posts",
    "menu_links",
    "page_addresses",
    "page_by_handle",
    "page_texts",
    "post",
    "posts",
    "published_pages",
    "read_page",
    "standard_page",
    "tag_by_slug",
]
