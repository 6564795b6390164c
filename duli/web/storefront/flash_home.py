"""Flash sales on the first page: what runs and what comes, each with its clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duli.base.money import Money
from duli.commerce.flash_sales.selectors import TOPIC, listed, next_turn, topic_of
from duli.commerce.flash_sales.types import Running
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import CardDrop
from duli.web.storefront.when import written
from duli.web.storefront.where import Where

MOST_SALES = 3


@dataclass(frozen=True, slots=True)
class FlashShelfDrop:
    """A sale on the first page; `prices` beside `cards` are what they will cost in one that is still to come."""

    title: str
    url: str
    when: str
    words: str
    ends_ms: int
    is_running: bool
    cards: tuple[CardDrop, ...]
    prices: tuple[str, ...]


def flash_shelves(here: Where, settings: Mapping[str, Any], instant: datetime) -> tuple[FlashShelfDrop, ...]:
    """Return what a section of the first page shows of flash sales: those that run first, then those that come."""
    limit, coming = int(settings.get("limit") or 4), bool(settings.get("coming", True))
    found = [items for items in listed(instant) if coming or items[0].runs(instant)]
    found.sort(key=lambda items: not items[0].runs(instant))
    shelves = [_shelf(items, here, limit, instant) for items in found[:MOST_SALES]]
    return tuple(shelf for shelf in shelves if shelf.cards)


def _shelf(items: tuple[Running, ...], here: Where, limit: int, instant: datetime) -> FlashShelfDrop:
    texts = theme_texts(here.language)
    first = items[0]
    runs = first.runs(instant)
    moment = first.ends_at if runs else first.starts_at
    cards = card_drops(list(dict.fromkeys(item.product_id for item in items))[:limit], here)
    lowest: dict[int, int] = {}
    for item in items:
        minor = item.amounts.get(here.currency)
        if minor and not runs:
            lowest[item.product_id] = min(minor, lowest.get(item.product_id, minor))
    return FlashShelfDrop(
        title=first.title(here.language),
        url=here.url(f"/flash-sales#sale-{first.sale_id}"),
        when=texts("flash.runs_until" if runs else "flash.begins", when=written(moment, here)),
        words=texts("flash.left" if runs else "flash.begins_in"),
        ends_ms=int(moment.timestamp() * 1000),
        is_running=runs,
        cards=cards,
        prices=tuple(
            texts("flash.price", price=here.money(Money(lowest[card.id], here.currency))) if card.id in lowest else ""
            for card in cards
        ),
    )


def flash_topics(instant: datetime) -> tuple[tuple[str, ...], datetime | None]:
    """Return which changes a page with this section shows, and until when it may be kept."""
    return (TOPIC, *(topic_of(items[0].sale_id) for items in listed(instant))), next_turn(instant)
