from __future__ import annotations

from duli.growth.content.models.editor import Editor
from duli.growth.content.models.pages import (
    BlogIndex,
    BlogPost,
    BlogTag,
    ContentHome,
    PageText,
    StandardPage,
    TaggedPost,
)
from duli.growth.content.models.text_pages import Page

__all__ = [
    "BlogIndex",
    "BlogPost",
    "BlogTag",
    "ContentHome",
    "Editor",
    "Page",
    "PageText",
    "StandardPage",
    "TaggedPost",
]
