"""What follows when the editor publishes. Wagtail tells it by Django signals, heard here only."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from wagtail import hooks
from wagtail.models import Page as TreePage
from wagtail.signals import page_published, page_slug_changed, page_unpublished

from duli.growth.content.models.pages import ShopPage


def _changed(sender: Any, instance: TreePage, **values: Any) -> None:
    from duli.growth.content.services.pages import note_change

    note_change(page=instance)


def _moved(sender: Any, instance: TreePage, instance_before: TreePage, **values: Any) -> None:
    from duli.growth.content.services.pages import lead_to_new_address

    if isinstance(instance, ShopPage) and isinstance(instance_before, ShopPage) and instance_before.live:
        lead_to_new_address(before=instance_before, after=instance)


def listen() -> None:
    # Wagtail would look for hooks in every app when a page is first published, and load its whole admin for that.
    # Those of its core are enough to publish; the back office loads the others itself.
    hooks._searched_for_hooks = True
    import_module("wagtail.wagtail_hooks")
    page_published.connect(_changed, dispatch_uid="duli.content.published")
    page_unpublished.connect(_changed, dispatch_uid="duli.content.unpublished")
    page_slug_changed.connect(_moved, dispatch_uid="duli.content.moved")
