"""Steps that speak of promotions, coupons and reduced prices."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from duli.base.clock import now
from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_cards, shelved_detail
from duli.commerce.assortment.types import ProductCard, VariantView
from duli.commerce.catalogue.models import Product
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PriceChanged
from duli.commerce.orders import services as orders
from duli.commerce.promotions.models import Counter
from duli.commerce.promotions.shelf import Shopper
from duli.platform.store.changes import look_now
from quality.pricing.deals import Deal, Part
from quality.pricing.outcome import Differs, NotApplicable, Steps
from quality.pricing.world import ACTOR, LANGUAGE, World, amount

promoted = Steps()
THE = "(the)(this)(it)( promotion) gives "
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")


def _deal(world: World) -> Deal:
    if not world.deals:
        raise NotApplicable("a promotion that was not named")
    return world.deals[-1]


def _named(world: World, name: str) -> Deal:
    found = [deal for deal in world.deals if deal.name == name]
    if not found:
        raise Differs(f"no promotion {name}")
    return found[0]


def _give(
    world: World,
    what: str,
    *,
    scope: Callable[[], dict[str, Any]] = dict,
    need: Callable[[], dict[str, Any]] | None = None,
    audience: dict[str, Any] | None = None,
    by_unit: bool = False,
    on_shelf: bool = False,
    more: str = "",
) -> None:
    """Let the last promotion take "10%" or "$10.00" off; `more` is a second amount, of another currency."""

    def rules() -> dict[str, Any]:
        found: dict[str, Any] = {"scope": scope(), "audience": audience or {}}
        found["needs"] = [need()] if need else []
        percent = _PERCENT.fullmatch(what)
        if percent:
            return {**found, "kind": "percent", "points": round(float(percent[1]) * 100)}
        amounts = {one.currency: one.minor for one in map(amount, filter(None, [what, more]))}
        return {**found, "kind": "amount", "amount": amounts, "each": by_unit or on_shelf}

    _deal(world).parts.append(Part(rules, by_unit, on_shelf))


def _goods(world: World, *titles: str) -> Callable[[], dict[str, Any]]:
    def scope() -> dict[str, Any]:
        found = []
        for title in titles:
            item = world.items[title]
            world.make(item)
            found.append(f"product:{item.product_id}")
        return {"any_of": found}

    return scope


def _kinds(world: World, *names: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"any_of": [f"category:{world.category(name)}" for name in names if name]}


def _variants(world: World, *names: str) -> Callable[[], dict[str, Any]]:
    def scope() -> dict[str, Any]:
        found = []
        for name in names:
            for item in world.items.values():
                world.make(item)
                found += [f"variant:{g.variant_id}" for g in item.goods if name in {g.name, g.code, item.title}]
        return {"any_of": found}

    return scope


def _worth(text: str, scope: Callable[[], dict[str, Any]] = dict) -> Callable[[], dict[str, Any]]:
    least = amount(text)
    return lambda: {"scope": scope(), "amount": {least.currency: least.minor}}


# Declaring


@promoted('there is a promotion "X"( with priority N)')
def promotion(world: World, name: str, priority: str = "0") -> None:
    world.deals.append(Deal(name, int(priority)))


@promoted('there is a promotion "X" that does not apply to discounted products')
def for_full_prices(world: World, name: str) -> None:
    world.deals.append(Deal(name, only_full_price=True))


@promoted('there is a promotion "X" that applies to discounted products')
def for_all_prices(world: World, name: str) -> None:
    world.deals.append(Deal(name))


@promoted('the store has promotion "X" with coupon "X"')
def coupon(world: World, name: str, code: str) -> None:
    world.deals.append(Deal(name, code=code))


@promoted(THE + '"X" discount to every order')
def off_order(world: World, what: str) -> None:
    _give(world, what)


@promoted(THE + '"X" discount to every order in the "X" channel and "X" discount to every order in the "X" channel')
def off_order_by_channel(world: World, first: str, _here: str, second: str, _there: str) -> None:
    _give(world, first, more=second)


@promoted(THE + '"X" discount to every order with quantity at least N')
def off_order_by_quantity(world: World, what: str, units: str) -> None:
    _give(world, what, need=lambda: {"scope": {}, "quantity": int(units)})


@promoted(THE + '"X" discount to every order with items total at least "X"')
def off_order_by_total(world: World, what: str, least: str) -> None:
    _give(world, what, need=_worth(least))


@promoted(THE + '"X" off if order contains a "X" product')
def off_order_with_product(world: World, what: str, title: str) -> None:
    scope = _goods(world, title)
    _give(world, what, need=lambda: {"scope": scope(), "quantity": 1})


@promoted(
    THE + '"X" off if order contains products classified as "X"',
    THE + '"X" off if order contains products classified as "X" or "X"',
)
def off_order_with_kind(world: World, what: str, *kinds: str) -> None:
    scope = _kinds(world, *kinds)
    _give(world, what, need=lambda: {"scope": scope(), "quantity": 1})


@promoted(THE + '"X" off if order contains products classified as "X" with a minimum value of "X"')
def off_order_with_worth_of_kind(world: World, what: str, kind: str, least: str) -> None:
    _give(world, what, need=_worth(least, _kinds(world, kind)))


@promoted(THE + '"X" off the order for customers from "X" group')
def off_for_group(world: World, what: str, group: str) -> None:
    _give(world, what, audience={"tags": [group]})


@promoted(THE + '"X" off( on)( the) customer\'s N(st)(nd)(rd)(th) order')
def off_nth_order(world: World, what: str, number: str) -> None:
    _give(world, what, audience={"order_number": int(number)})


@promoted(THE + '"X" off on a "X" product')
def off_product(world: World, what: str, title: str) -> None:
    _give(world, what, scope=_goods(world, title), by_unit=True)


@promoted(THE + '"X" off on every product classified as "X"')
def off_kind(world: World, what: str, kind: str) -> None:
    _give(world, what, scope=_kinds(world, kind), by_unit=True)


@promoted(
    THE + '"X" off on every product priced between "X" and "X"',
    THE + '"X" off on every product with minimum price at "X"',
)
def off_priced(world: World, what: str, least: str, most: str = "") -> None:
    bounds = {"price_from": amount(least)} | ({"price_to": amount(most)} if most else {})
    _give(world, what, scope=lambda: _priced(bounds), by_unit=True)


@promoted(THE + '"X" off on every product with maximum price at "X"')
def off_priced_below(world: World, what: str, most: str) -> None:
    _give(world, what, scope=lambda: _priced({"price_to": amount(most)}), by_unit=True)


def _priced(bounds: dict[str, Money]) -> dict[str, Any]:
    return {name: {bound.currency: bound.minor} for name, bound in bounds.items()}


@promoted(THE + '"X" off on every product when the item total is at least "X"')
def off_all_by_total(world: World, what: str, least: str) -> None:
    _give(world, what, need=_worth(least), by_unit=True)


@promoted(THE + '"X" off on every product classified as "X" if order contains any product classified as "X"')
def off_kind_with_kind(world: World, what: str, kind: str, with_kind: str) -> None:
    needed = _kinds(world, with_kind)
    need = lambda: {"scope": needed(), "quantity": 1}  # noqa: E731
    _give(world, what, scope=_kinds(world, kind), need=need, by_unit=True)


@promoted(
    THE + '"X" off on every product classified as "X" or "X" if order contains any product classified as "X" or "X"'
)
def off_kinds_with_kinds(world: World, what: str, one: str, two: str, three: str, four: str) -> None:
    needed = _kinds(world, three, four)
    need = lambda: {"scope": needed(), "quantity": 1}  # noqa: E731
    _give(world, what, scope=_kinds(world, one, two), need=need, by_unit=True)


@promoted(THE + '"X" off on every product classified as "X" and "X" discount on every order')
def off_kind_and_order(world: World, what: str, kind: str, also: str) -> None:
    off_kind(world, what, kind)
    off_order(world, also)


@promoted(
    THE
    + '"X" off on every product classified as "X" and a "X" discount to every order with items total equal at least "X"'
)
def off_kind_and_order_by_total(world: World, what: str, kind: str, also: str, least: str) -> None:
    _give(world, what, scope=_kinds(world, kind), need=_worth(least), by_unit=True)
    # What is left of the goods after the first part decides here on the second; the total was reached before it.
    _give(world, also, need=_worth(least))


@promoted(
    THE
    + '"X" off on every product classified as "X" and a free shipping to every order '
    + 'with items total equal at least "X"'
)
def off_kind_and_shipping(world: World, what: str, kind: str, least: str) -> None:
    _give(world, what, scope=_kinds(world, kind), need=_worth(least), by_unit=True)
    free_shipping_over(world, least)


@promoted(THE + 'free shipping to every order over "X"')
def free_shipping_over(world: World, least: str) -> None:
    need = _worth(least)
    _deal(world).parts.append(Part(lambda: {"kind": "shipping", "needs": [need()]}))


@promoted(THE + '"X" discount on shipping to every order')
def off_shipping(world: World, what: str) -> None:
    found = _PERCENT.fullmatch(what)
    if found is None:
        raise NotApplicable("an amount off shipping: it is a percentage here")
    points = round(float(found[1]) * 100)
    _deal(world).parts.append(Part(lambda: {"kind": "shipping", "points": points}))


@promoted("this promotion is not available in any channel")
def nowhere(world: World) -> None:
    _deal(world).change(nowhere=True)


@promoted("this promotion starts tomorrow")
def tomorrow(world: World) -> None:
    _deal(world).change(starts_at=now() + timedelta(days=1))


@promoted("this promotion is valid until tomorrow")
def until_tomorrow(world: World) -> None:
    _deal(world).change(ends_at=now() + timedelta(days=1))


@promoted("this promotion has already expired")
def expired(world: World) -> None:
    _deal(world).end(now() - timedelta(minutes=1))


@promoted('the promotion "X" is archived')
def archived(world: World, name: str) -> None:
    _named(world, name).change(is_active=False)


@promoted("this promotion has usage limit equal to N")
def limited(world: World, most: str) -> None:
    _deal(world).change(limit_total=int(most))


@promoted("this promotion usage limit is already reached")
def used_up(world: World) -> None:
    deal = _deal(world)
    deal.settle()
    for part in deal.parts:
        Counter.objects.create(promotion_id=part.row_id, key="all", used=deal.values["limit_total"])


# Prices on the page


def _on_page(world: World, name: str, what: str, scope: Callable[[], dict[str, Any]]) -> None:
    world.deals.append(Deal(name))
    _give(world, what, scope=scope, on_shelf=True)


@promoted(
    'there is a(nother) catalog promotion "X" that reduces price by "X" and applies on "X" variant',
    'there is a(nother) catalog promotion "X" that reduces price by "X" and applies on "X" variant and "X" variant',
)
def sale_on_variants(world: World, name: str, what: str, *variants: str) -> None:
    _on_page(world, name, what, _variants(world, *variants))


@promoted('there is a catalog promotion "X" that reduces price by "X" and applies on "X" product')
def sale_on_product(world: World, name: str, what: str, title: str) -> None:
    _on_page(world, name, what, _goods(world, title))


@promoted('there is a catalog promotion "X" that reduces price by "X" and applies on "X" taxon')
def sale_on_kind(world: World, name: str, what: str, kind: str) -> None:
    _on_page(world, name, what, _kinds(world, kind))


@promoted(
    'there is a catalog promotion "X" that reduces price by fixed "X" in the "X" channel and applies on "X" variant'
)
def fixed_sale_on_variant(world: World, name: str, what: str, _channel: str, variant: str) -> None:
    _on_page(world, name, what, _variants(world, variant))


@promoted(
    'there is a catalog promotion "X" that reduces price by fixed "X" in the "X" channel and applies on "X" product'
)
def fixed_sale_on_product(world: World, name: str, what: str, _channel: str, title: str) -> None:
    _on_page(world, name, what, _goods(world, title))


@promoted(
    'there is a catalog promotion "X" that reduces price by fixed "X" in the "X" channel and applies on "X" taxon'
)
def fixed_sale_on_kind(world: World, name: str, what: str, _channel: str, kind: str) -> None:
    _on_page(world, name, what, _kinds(world, kind))


@promoted('it applies also on "X" variant')
def also_on_variant(world: World, variant: str) -> None:
    part = _deal(world).parts[-1]
    before, added = part.rules, _variants(world, variant)

    def rules() -> dict[str, Any]:
        found = before()
        return {**found, "scope": {"any_of": [*found["scope"]["any_of"], *added()["any_of"]]}}

    part.rules = rules


def _noon(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@promoted('the catalog promotion "X" operates between "X" and "X"')
def operates(world: World, name: str, first: str, last: str) -> None:
    _named(world, name).change(starts_at=_noon(first), ends_at=_noon(last))


@promoted('the end date of catalog promotion "X" was changed to "X"')
def ends(world: World, name: str, last: str) -> None:
    _named(world, name).change(ends_at=_noon(last))


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


@promoted('I view product "X"')
def view(world: World, title: str) -> None:
    world.seen = _look(world, title)


@promoted('I view "X" variant of the "X" product')
def view_variant(world: World, name: str, title: str) -> None:
    ids = [goods.variant_id for goods in world.items[title].goods if goods.name == name]
    found = _look(world, title)
    ids = ids if any(ids) else [goods.variant_id for goods in world.items[title].goods if goods.name == name]
    world.seen = tuple(variant for variant in found if variant.id in ids)


@promoted("I view variants")
def view_variants(world: World) -> None:
    world.seen = tuple(variant for title in world.items for variant in _look(world, title))


@promoted('I select its "X" as "X"')
def select(world: World, _option: str, value: str) -> None:
    title = list(world.items)[-1]
    ids = [goods.variant_id for goods in world.items[title].goods if goods.option == value]
    world.seen = tuple(variant for variant in _look(world, title) if variant.id in ids)


def _first(world: World) -> VariantView:
    if not world.seen:
        raise Differs("nothing is looked at")
    return world.seen[0]


def _compare(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Differs(f"{what} is {found}, not {wanted}")


@promoted('I should see the product price "X"')
def sees_price(world: World, wanted: str) -> None:
    _compare(_first(world).price, amount(wanted), "the price")


@promoted('I should see the product original price "X"')
def sees_former(world: World, wanted: str) -> None:
    _compare(_first(world).compare_at, amount(wanted), "the former price")


@promoted(
    "I should see this product has no catalog promotion applied",
    "I should see this product is not discounted",
    "I should see this variant is not discounted",
)
def not_reduced(world: World) -> None:
    _compare((_first(world).offer, _first(world).compare_at), ("", None), "the reduction")


def _reduced(view: VariantView | ProductCard, before: str, after: str) -> None:
    _compare((view.compare_at, view.price), (amount(before), amount(after)), "the price")


@promoted(
    'I should see this( product)( variant) is discounted from "X" to "X" with "X" promotion',
    'I should see this( product)( variant) is discounted from "X" to "X" with "X" and "X" promotions',
)
def reduced(world: World, before: str, after: str, *names: str) -> None:
    _reduced(_first(world), before, after)
    _compare(_first(world).offer, " · ".join(names), "what is in the price")


@promoted('I should see this variant is discounted from "X" to "X" with N promotions')
def reduced_often(world: World, before: str, after: str, count: str) -> None:
    _reduced(_first(world), before, after)
    _compare(len(_first(world).offer.split(" · ")), int(count), "the number of promotions")


@promoted('I should see "X" variant is discounted from "X" to "X" with "X" promotion')
def variant_reduced(world: World, name: str, before: str, after: str, promotion_name: str) -> None:
    found = next(variant for variant in world.seen if variant.title == name)
    _reduced(found, before, after)
    _compare(found.offer, promotion_name, "what is in the price")


@promoted('I should see "X" variant is not discounted')
def variant_not_reduced(world: World, name: str) -> None:
    found = next(variant for variant in world.seen if variant.title == name)
    _compare((found.offer, found.compare_at), ("", None), "the reduction")


@promoted('I browse products from taxon "X"')
def browse_kind(world: World, _kind: str) -> None:
    world.settle()
    ids = [item.product_id for item in world.items.values()]
    cards = assortment.cards(ids, language=LANGUAGE, currency=world.market.currency)
    world.cards = {card.title: card for card in shelved_cards(cards, _shopper(world))}


@promoted('I should see "X" product discounted from "X" to "X" by "X" on the list')
def card_reduced(world: World, title: str, before: str, after: str, _promotion: str) -> None:
    _reduced(world.cards[title], before, after)


@promoted('I should see "X" product not discounted on the list')
def card_not_reduced(world: World, title: str) -> None:
    _compare(world.cards[title].compare_at, None, "the former price")


# Codes


@promoted('I use coupon with code "X"', 'this cart has promotion applied with coupon "X"')
def use_code(world: World, code: str) -> None:
    world.settle()
    world.error = None
    try:
        checkout.apply_code(token=world.token, code=code)
    except DuliError as error:
        world.error = error


@promoted("I remove coupon from my cart")
def remove_code(world: World) -> None:
    for code in world.cart().codes:
        checkout.remove_code(token=world.token, code=code.text)


@promoted("I should be notified that the coupon is invalid")
def invalid(world: World) -> None:
    refused = [code for code in world.cart().codes if not code.applied and code.why]
    if world.error is None and not refused:
        raise Differs("the code counts")


# What came off


@promoted('my discount should be "X"')
def discount(world: World, wanted: str) -> None:
    _compare(-world.cart().quote.discount, amount(wanted), "the discount")


@promoted("there should be no discount applied")
def no_discount(world: World) -> None:
    _compare(world.cart().quote.discount.minor, 0, "the discount")


def _off_by_unit(world: World, title: str) -> Money:
    """Return what promotions on single goods took off a line, without its share of what is off the order."""
    key = str(world.line(title).id)
    quote = world.cart().quote
    own = {part.row_id for deal in world.deals for part in deal.parts if part.by_unit}
    return sum(
        (entry.lines[key] for entry in quote.outcomes if entry.promotion.id in own and key in entry.lines),
        Money.zero(quote.currency),
    )


@promoted(
    'its price should be decreased by "X"',
    'theirs price should be decreased by "X"',
    'theirs subtotal price should be decreased by "X"',
)
def last_decreased(world: World, wanted: str) -> None:
    _compare(_off_by_unit(world, world.cart().lines[-1].title), amount(wanted), "what came off")


@promoted('product "X" price should be (decreased)(discounted) by "X"')
def decreased(world: World, title: str, wanted: str) -> None:
    _compare(_off_by_unit(world, title), amount(wanted), "what came off")


@promoted('product "X" price should not be decreased')
def not_decreased(world: World, title: str) -> None:
    _compare(_off_by_unit(world, title).minor, 0, "what came off")


@promoted('the product "X" should have discounted unit price "X" in the cart')
def unit_price(world: World, title: str, wanted: str) -> None:
    line = world.line(title)
    if line.subtotal is None:
        raise Differs(f"{title} has no price")
    _compare(line.subtotal - _off_by_unit(world, title), amount(wanted) * line.quantity, "the price")


@promoted("I should be informed that this promotion is no longer applied")
def no_longer(world: World) -> None:
    _compare(type(world.error), PriceChanged, "what the shop said")


# Who buys


@promoted('the store has a customer group "X"')
def group(world: World, _name: str) -> None:
    """A group is whoever has a tag."""


@promoted('the customer belongs to group "X"')
def belongs(world: World, name: str) -> None:
    world.groups.append(name)


@promoted(
    'I have already placed N orders choosing "X" product, "X" shipping method to "X" with "X" payment',
)
def placed(world: World, count: str, title: str, method: str, _country: str, payment: str) -> None:
    for _number in range(int(count)):
        world.buy_now(title, method, payment)


@promoted('the customer "X" has already placed an order "X"')
def ordered_before(world: World, email: str, _number: str) -> None:
    world.earlier = email


@promoted('the customer bought a single "X"')
def bought_before(world: World, title: str) -> None:
    world.earlier_title = title


@promoted('the customer chose "X" shipping method to "X" with "X" payment')
def chose_before(world: World, method: str, _country: str, payment: str) -> None:
    world.buy_now(world.earlier_title, method, payment, email=world.earlier)


@promoted("I cancelled my last order")
def cancelled(world: World) -> None:
    assert world.order is not None
    orders.cancel(order_id=world.order.pk, reason="customer", actor=ACTOR)
    look_now()
