"""Flash sales on pages: their own stock, what is said of it, and the tickets of a browser."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest

from duli.base.clock import now
from duli.base.lanes import TICKET_COOKIE
from duli.commerce.assortment.types import ProductDetail
from duli.commerce.flash_sales.selectors import left_of, planned, running
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.drops import CardDrop, FlashDrop
from duli.web.storefront.where import Where

MOST_TICKETS = 10


def ticket_name(sale_id: int) -> str:
    return f"{TICKET_COOKIE}{sale_id}"


def tickets_of(request: HttpRequest) -> tuple[str, ...]:
    """Return the tickets of waiting rooms that a browser has."""
    found = [value[:300] for name, value in request.COOKIES.items() if name.startswith(TICKET_COOKIE)]
    return tuple(found[:MOST_TICKETS])


def flash_detail(detail: ProductDetail) -> ProductDetail:
    """Return the product with the stock of flash sales for the variants they sell now (nothing is read otherwise)."""
    found = running((variant.id for variant in detail.variants), now())
    if not found:
        return detail
    left = {pk: left_of(entry.sale_id).get(entry.item_id, 0) for pk, entry in found.items()}
    return replace(
        detail,
        variants=tuple(
            replace(variant, available=left[variant.id], at_hand=left[variant.id], promise=None)
            if variant.id in left
            else variant
            for variant in detail.variants
        ),
    )


def flash_drop(variant_id: int, here: Where) -> FlashDrop | None:
    """Return what is said of the flash sale that sells a variant now."""
    entry = running([variant_id], now()).get(variant_id)
    if entry is None:
        return None
    texts = theme_texts(here.language)
    left = left_of(entry.sale_id).get(entry.item_id, 0)
    return FlashDrop(
        variant_id=variant_id,
        left=texts("flash.left_n", count=left) if left else texts("flash.out"),
        left_words=texts("flash.left_n"),
        out_words=texts("flash.out"),
        limit=texts("flash.limit", count=entry.limit) if entry.limit else "",
        line_url=here.url(f"/flash-sales/{entry.sale_id}/line") if entry.waiting_room else "",
        state_url=here.url(f"/flash-sales/{entry.sale_id}/state"),
    )


def flash_cards(cards: tuple[CardDrop, ...], here: Where) -> tuple[CardDrop, ...]:
    """Return the cards with what flash sales have left of their goods."""
    if not planned():
        return cards
    instant = now()
    by_product: dict[int, list[int]] = {}
    for entries in planned().values():
        for entry in entries:
            if entry.runs(instant):
                units = left_of(entry.sale_id).get(entry.item_id, 0)
                by_product.setdefault(entry.product_id, []).append(units)
    texts = theme_texts(here.language)
    shown = []
    for card in cards:
        if card.id not in by_product or not card.price:
            shown.append(card)
            continue
        left = sum(by_product[card.id])
        words = texts("flash.card_left", count=left) if left else texts("flash.card_out")
        # Of other variants there may be some on ordinary sale.
        sold_out = not left and (card.sold_out or bool(card.variant_id))
        shown.append(replace(card, sold_out=sold_out, flash=words))
    return tuple(shown)
