from __future__ import annotations

from collections.abc import Sequence

from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_cards
from duli.commerce.assortment.types import ProductCard
from duli.commerce.promotions.shelf import Shopper
from duli.web.storefront.drops import CardDrop, SwatchDrop
from duli.web.storefront.flash import flash_cards
from duli.web.storefront.measures import unit_note
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.where import Where

MAXIMUM_KEPT = 2000
_kept: dict[tuple[int, Shopper], tuple[ProductCard, CardDrop]] = {}


def card_drops(product_ids: Sequence[int], here: Where) -> tuple[CardDrop, ...]:
    """Return the cards of products in order; those not on sale are left out."""
    found = assortment.cards(product_ids, language=here.language, currency=here.currency)
    return flash_cards(tuple(_drop(card, here) for card in shelved_cards(found, here.shopper)), here)


def _drop(card: ProductCard, here: Where) -> CardDrop:
    key = (card.id, here.shopper)
    kept = _kept.get(key)
    # The selector returns the very same card until the product changes; so the drop made of it still holds.
    if kept is not None and kept[0] is card:
        return kept[1]
    drop = CardDrop(
        id=card.id,
        url=here.url(f"/products/{card.handle}"),
        title=card.title,
        brand=card.brand,
        price=here.money(card.price),
        compare_at=here.money(here.former(card)),
        lowest_note=here.lowest_note(card),
        price_varies=card.price is not None and card.price != card.highest_price,
        sold_out=not card.in_stock or card.price is None,
        images=tuple(image_drop(image, card.title) for image in card.images),
        swatches=tuple(SwatchDrop(swatch.name, swatch.colour) for swatch in card.swatches),
        variant_id=card.only_variant_id or 0,
        unit_note=unit_note(card.price, card.content, here),
    )
    if len(_kept) >= MAXIMUM_KEPT:
        _kept.clear()
    _kept[key] = (card, drop)
    return drop
