"""Goods at the prices that promotions make of theirs: cards and product pages, as the cart has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from duli.base.clock import now
from duli.commerce.assortment.types import ProductCard, ProductDetail, VariantView
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.selectors import prices
from duli.commerce.promotions.shelf import ShelfView, Shopper, shelf_views

MOST_KEPT = 4000
_kept: dict[tuple[int, Shopper], tuple[ProductCard, dict[int, ShelfView], ProductCard]] = {}


def shelved_cards(cards: Sequence[ProductCard], shopper: Shopper) -> list[ProductCard]:
    """Return the cards with the prices of promotions; the very same ones while nothing changes."""
    views = shelf_views([card.id for card in cards], shopper)
    if not views:
        return list(cards)
    shown, fresh = [], []
    for card in cards:
        kept = _kept.get((card.id, shopper))
        if card.id in views and (kept is None or kept[0] is not card or kept[1] is not views[card.id]):
            fresh.append(card)
    made = _made(fresh, views, shopper) if fresh else {}
    for card in cards:
        if card.id in made:
            shown.append(made[card.id])
        elif card.id in views:
            shown.append(_kept[card.id, shopper][2])
        else:
            shown.append(card)
    return shown


def _made(
    cards: Sequence[ProductCard], views: dict[int, dict[int, ShelfView]], shopper: Shopper
) -> dict[int, ProductCard]:
    """Return cards anew (two queries): the cheapest variant may be another one now."""
    ids = [card.id for card in cards]
    owners = dict(Variant.objects.filter(product_id__in=ids, is_active=True).values_list("pk", "product_id"))
    priced = prices(owners, shopper.currency, now())
    by_product: dict[int, list[tuple[int, int]]] = {}
    for pk, owner in owners.items():
        if pk in priced:
            view = views[owner].get(pk)
            minor = view.price.price.minor if view else priced[pk].price.minor
            by_product.setdefault(owner, []).append((minor, pk))
    found = {}
    for card in cards:
        amounts = sorted(by_product.get(card.id, ()))
        if not amounts or card.price is None:
            found[card.id] = card
            continue
        cheapest = amounts[0][1]
        shelf = views[card.id].get(cheapest)
        price = shelf.price if shelf else priced[cheapest]
        found[card.id] = replace(
            card,
            price=price.price,
            highest_price=replace(price.price, minor=amounts[-1][0]),
            compare_at=price.compare_at,
            lowest_before=price.lowest_before,
        )
    if len(_kept) + len(found) > MOST_KEPT:
        _kept.clear()
    for card in cards:
        _kept[card.id, shopper] = (card, views[card.id], found[card.id])
    return found


def shelved_detail(detail: ProductDetail, shopper: Shopper) -> ProductDetail:
    """Return the product with the prices of promotions on its variants."""
    views = shelf_views([detail.id], shopper).get(detail.id)
    if not views:
        return detail
    return replace(detail, variants=tuple(_shelved(variant, views.get(variant.id)) for variant in detail.variants))


def _shelved(variant: VariantView, view: ShelfView | None) -> VariantView:
    if view is None or variant.price is None:
        return variant
    return replace(
        variant,
        price=view.price.price,
        compare_at=view.price.compare_at,
        lowest_before=view.price.lowest_before,
        offer=view.title,
        offer_ends=view.ends_at,
        tiers=view.tiers,
    )
