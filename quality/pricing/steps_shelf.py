"""Steps that speak of reduced prices on the pages of the shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_cards, shelved_detail
from duli.commerce.assortment.types import ProductCard, VariantView
from duli.commerce.catalogue.models import Product
from duli.commerce.promotions.shelf import Shopper
from quality.pricing.deals import Deal
from quality.pricing.giving import deal_called, give, last_deal, of_goods, of_kinds, of_variants
from quality.pricing.outcome import Differs, Steps, compare
from quality.pricing.world import LANGUAGE, World, amount

shelved = Steps()


def _on_page(world: World, name: str, what: str, scope: Callable[[], dict[str, Any]]) -> None:
    world.deals.append(Deal(name))
    give(world, what, scope=scope, on_shelf=True)


@shelved(
    'there is a(nother) catalog promotion "X" that reduces price by "X" and applies on "X" variant',
    'there is a(nother) catalog promotion "X" that reduces price by "X" and applies on "X" variant and "X" variant',
)
def sale_on_variants(world: World, name: str, what: str, *variants: str) -> None:
    _on_page(world, name, what, of_variants(world, *variants))


@shelved('there is a catalog promotion "X" that reduces price by "X" and applies on "X" product')
def sale_on_product(world: World, name: str, what: str, title: str) -> None:
    _on_page(world, name, what, of_goods(world, title))


@shelved('there is a catalog promotion "X" that reduces price by "X" and applies on "X" taxon')
def sale_on_kind(world: World, name: str, what: str, kind: str) -> None:
    _on_page(world, name, what, of_kinds(world, kind))


@shelved(
    'there is a catalog promotion "X" that reduces price by fixed "X" in the "X" channel and applies on "X" variant'
)
def fixed_sale_on_variant(world: World, name: str, what: str, _channel: str, variant: str) -> None:
    _on_page(world, name, what, of_variants(world, variant))


@shelved(
    'there is a catalog promotion "X" that reduces price by fixed "X" in the "X" channel and applies on "X" product'
)
def fixed_sale_on_product(world: World, name: str, what: str, _channel: str, title: str) -> None:
    _on_page(world, name, what, of_goods(world, title))


@shelved('there is a catalog promotion "X" that reduces price by fixed "X" in the "X" channel and applies on "X" taxon')
def fixed_sale_on_kind(world: World, name: str, what: str, _channel: str, kind: str) -> None:
    _on_page(world, name, what, of_kinds(world, kind))


@shelved('it applies also on "X" variant')
def also_on_variant(world: World, variant: str) -> None:
    part = last_deal(world).parts[-1]
    before, added = part.rules, of_variants(world, variant)

    def rules() -> dict[str, Any]:
        found = before()
        return {**found, "scope": {"any_of": [*found["scope"]["any_of"], *added()["any_of"]]}}

    part.rules = rules


def _noon(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@shelved('the catalog promotion "X" operates between "X" and "X"')
def operates(world: World, name: str, first: str, last: str) -> None:
    deal_called(world, name).change(starts_at=_noon(first), ends_at=_noon(last))


@shelved('the end date of catalog promotion "X" was changed to "X"')
def ends(world: World, name: str, last: str) -> None:
    deal_called(world, name).change(ends_at=_noon(last))


# Looking


def _look(world: World, title: str) -> tuple[VariantView, ...]:
    world.settle()
    product = Product.objects.get(pk=world.items[title].product_id)
    detail = assortment.product_detail(product.handle, language=LANGUAGE, currency=world.market.currency)
    if detail is None:
        raise Differs(f"{title} cannot be seen")
    return shelved_detail(detail, _shopper(world)).variants


def _shopper(world: World) -> Shopper:
    return Shopper(world.market.code, world.market.currency, LANGUAGE)


@shelved('I view product "X"')
def view(world: World, title: str) -> None:
    world.seen = _look(world, title)


@shelved('I view "X" variant of the "X" product')
def view_variant(world: World, name: str, title: str) -> None:
    ids = [goods.variant_id for goods in world.items[title].goods if goods.name == name]
    found = _look(world, title)
    ids = ids if any(ids) else [goods.variant_id for goods in world.items[title].goods if goods.name == name]
    world.seen = tuple(variant for variant in found if variant.id in ids)


@shelved("I view variants")
def view_variants(world: World) -> None:
    world.seen = tuple(variant for title in world.items for variant in _look(world, title))


@shelved('I select its "X" as "X"')
def select(world: World, _option: str, value: str) -> None:
    title = list(world.items)[-1]
    ids = [goods.variant_id for goods in world.items[title].goods if goods.option == value]
    world.seen = tuple(variant for variant in _look(world, title) if variant.id in ids)


def _first(world: World) -> VariantView:
    if not world.seen:
        raise Differs("nothing is looked at")
    return world.seen[0]


@shelved('I should see the product price "X"')
def sees_price(world: World, wanted: str) -> None:
    compare(_first(world).price, amount(wanted), "the price")


@shelved('I should see the product original price "X"')
def sees_former(world: World, wanted: str) -> None:
    compare(_first(world).compare_at, amount(wanted), "the former price")


@shelved(
    "I should see this product has no catalog promotion applied",
    "I should see this product is not discounted",
    "I should see this variant is not discounted",
)
def not_reduced(world: World) -> None:
    compare((_first(world).offer, _first(world).compare_at), ("", None), "the reduction")


def _reduced(view: VariantView | ProductCard, before: str, after: str) -> None:
    compare((view.compare_at, view.price), (amount(before), amount(after)), "the price")


@shelved(
    'I should see this( product)( variant) is discounted from "X" to "X" with "X" promotion',
    'I should see this( product)( variant) is discounted from "X" to "X" with "X" and "X" promotions',
)
def reduced(world: World, before: str, after: str, *names: str) -> None:
    _reduced(_first(world), before, after)
    compare(_first(world).offer, " · ".join(names), "what is in the price")


@shelved('I should see this variant is discounted from "X" to "X" with N promotions')
def reduced_often(world: World, before: str, after: str, count: str) -> None:
    _reduced(_first(world), before, after)
    compare(len(_first(world).offer.split(" · ")), int(count), "the number of promotions")


@shelved('I should see "X" variant is discounted from "X" to "X" with "X" promotion')
def variant_reduced(world: World, name: str, before: str, after: str, promotion_name: str) -> None:
    found = next(variant for variant in world.seen if variant.title == name)
    _reduced(found, before, after)
    compare(found.offer, promotion_name, "what is in the price")


@shelved('I should see "X" variant is not discounted')
def variant_not_reduced(world: World, name: str) -> None:
    found = next(variant for variant in world.seen if variant.title == name)
    compare((found.offer, found.compare_at), ("", None), "the reduction")


@shelved('I browse products from taxon "X"')
def browse_kind(world: World, _kind: str) -> None:
    world.settle()
    ids = [item.product_id for item in world.items.values()]
    cards = assortment.cards(ids, language=LANGUAGE, currency=world.market.currency)
    world.cards = {card.title: card for card in shelved_cards(cards, _shopper(world))}


@shelved('I should see "X" product discounted from "X" to "X" by "X" on the list')
def card_reduced(world: World, title: str, before: str, after: str, _promotion: str) -> None:
    _reduced(world.cards[title], before, after)


@shelved('I should see "X" product not discounted on the list')
def card_not_reduced(world: World, title: str) -> None:
    compare(world.cards[title].compare_at, None, "the former price")
