"""What the demo shop has to say: a page about itself and three posts, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from duli.cli.demo_shop import OTHER, OWN, read
from duli.commerce.catalogue.models import Product, ProductMedia
from duli.growth.content.services import publish_page, publish_post

Block = tuple[str, Any]


class _Things:
    """The products that the stories name, by handle."""

    def __init__(self) -> None:
        self.products = dict(Product.objects.values_list("handle", "pk"))
        media = ProductMedia.objects.order_by("product_id", "-position", "-pk")
        self.pictures = dict(media.values_list("product__handle", "asset_id"))

    def body(self, blocks: Sequence[tuple[str, Any]]) -> list[Block]:
        return [(kind, self._value(kind, value)) for kind, value in blocks]

    def _value(self, kind: str, value: Any) -> Any:
        if kind == "picture":
            return {**value, "picture": self.pictures[value["picture"]]}
        if kind == "products":
            return [self.products[handle] for handle in value]
        return value


def _original(entry: Mapping[str, Any], things: _Things) -> dict[str, Any]:
    own = entry[OWN]
    return {**own, "body": things.body(own["body"]), "cover_id": things.pictures[entry["cover"]]}


def _translation(entry: Mapping[str, Any], things: _Things) -> dict[str, dict[str, Any]]:
    other = entry[OTHER]
    return {OTHER: {**other, "body": things.body(other["body"])}}


@transaction.atomic
def load_stories(today: datetime) -> None:
    """Publish the page about the shop and its posts, dated back from `today`."""
    found, things = read("stories.json"), _Things()
    for entry in found["pages"]:
        publish_page(
            slug=entry["slug"],
            menu=entry["menu"],
            texts=_translation(entry, things),
            **_original(entry, things),
        )
    for entry in found["posts"]:
        publish_post(
            slug=entry["slug"],
            author=entry["author"],
            date=(today - timedelta(days=entry["days_ago"])).date(),
            tags={name: {OTHER: other} for name, other in entry["tags"].items()},
            texts=_translation(entry, things),
            **_original(entry, things),
        )
