"""What we add to Wagtail's admin, and what we take out of it."""

from __future__ import annotations

from typing import Any

from wagtail import hooks

from duli.web.backoffice.content.windows import pictures, products


@hooks.register("register_admin_viewset")
def register_windows() -> list[Any]:
    return [pictures, products]


@hooks.register("construct_page_listing_buttons")
def without_tree_verbs(buttons: list[Any], page: Any, user: Any, context: Any = None) -> None:
    """A shop's pages are two flat lists: nothing is moved, sorted or put below another page."""
    unwanted = {"move", "sort-menu-order", "sort", "copy-for-translation"}
    buttons[:] = [button for button in buttons if getattr(button, "url_name", "").rpartition(":")[2] not in unwanted]


@hooks.register("construct_page_action_menu")
def likely_verb_first(menu_items: list[Any], request: Any, context: Any) -> None:
    """Publishing is what most people came for; locks and moderation belong to larger houses."""
    menu_items[:] = [item for item in menu_items if item.name not in {"action-lock", "action-unlock"}]
    menu_items.sort(key=lambda item: item.name != "action-publish")
