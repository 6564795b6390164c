from __future__ import annotations

from duli.growth.content.services.pages import note_change, publish_due, publish_page, publish_post
from duli.growth.content.services.stories import free_address, save_story, saving_alone
from duli.growth.content.services.text_pages import delete_page, save_legal_text, save_page
from duli.growth.content.services.topics import delete_topic, save_topic
from duli.growth.content.services.tree import blog_index, trunk

__all__ = [
    "blog_index",
    "delete_page",
    "delete_topic",
    "free_address",
    "note_change",
    "publish_due",
    "publish_page",
    "publish_post",
    "save_legal_text",
    "save_page",
    "save_story",
    "save_topic",
    "saving_alone",
    "trunk",
]
