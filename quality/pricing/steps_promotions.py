"""Steps that speak of promotions, coupons and reduced prices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from duli.base.clock import now
from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PriceChanged
from duli.commerce.orders import services as orders
from duli.commerce.promotions.models import Counter
from duli.platform.store.changes import look_now
from quality.pricing.deals import Deal, Part
from quality.pricing.giving import PERCENT, deal_called, give, last_deal, of_goods, of_kinds, worth
from quality.pricing.outcome import Differs, NotApplicable, Steps, compare
from quality.pricing.world import ACTOR, World, amount

promoted = Steps()
THE = "(the)(this)(it)( promotion) gives "


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
    give(world, what)


@promoted(THE + '"X" discount to every order in the "X" channel and "X" discount to every order in the "X" channel')
def off_order_by_channel(world: World, first: str, _here: str, second: str, _there: str) -> None:
    give(world, first, more=second)


@promoted(THE + '"X" discount to every order with quantity at least N')
def off_order_by_quantity(world: World, what: str, units: str) -> None:
    give(world, what, need=lambda: {"scope": {}, "quantity": int(units)})


@promoted(THE + '"X" discount to every order with items total at least "X"')
def off_order_by_total(world: World, what: str, least: str) -> None:
    give(world, what, need=worth(least))


@promoted(THE + '"X" off if order contains a "X" product')
def off_order_with_product(world: World, what: str, title: str) -> None:
    scope = of_goods(world, title)
    give(world, what, need=lambda: {"scope": scope(), "quantity": 1})


@promoted(
    THE + '"X" off if order contains products classified as "X"',
    THE + '"X" off if order contains products classified as "X" or "X"',
)
def off_order_with_kind(world: World, what: str, *kinds: str) -> None:
    scope = of_kinds(world, *kinds)
    give(world, what, need=lambda: {"scope": scope(), "quantity": 1})


@promoted(THE + '"X" off if order contains products classified as "X" with a minimum value of "X"')
def off_order_with_worth_of_kind(world: World, what: str, kind: str, least: str) -> None:
    give(world, what, need=worth(least, of_kinds(world, kind)))


@promoted(THE + '"X" off the order for customers from "X" group')
def off_for_group(world: World, what: str, group: str) -> None:
    give(world, what, audience={"tags": [group]})


@promoted(THE + '"X" off( on)( the) customer\'s N(st)(nd)(rd)(th) order')
def off_nth_order(world: World, what: str, number: str) -> None:
    give(world, what, audience={"order_number": int(number)})


@promoted(THE + '"X" off on a "X" product')
def off_product(world: World, what: str, title: str) -> None:
    give(world, what, scope=of_goods(world, title), by_unit=True)


@promoted(THE + '"X" off on every product classified as "X"')
def off_kind(world: World, what: str, kind: str) -> None:
    give(world, what, scope=of_kinds(world, kind), by_unit=True)


@promoted(
    THE + '"X" off on every product priced between "X" and "X"',
    THE + '"X" off on every product with minimum price at "X"',
)
def off_priced(world: World, what: str, least: str, most: str = "") -> None:
    bounds = {"price_from": amount(least)} | ({"price_to": amount(most)} if most else {})
    give(world, what, scope=lambda: _priced(bounds), by_unit=True)


@promoted(THE + '"X" off on every product with maximum price at "X"')
def off_priced_below(world: World, what: str, most: str) -> None:
    give(world, what, scope=lambda: _priced({"price_to": amount(most)}), by_unit=True)


def _priced(bounds: dict[str, Money]) -> dict[str, Any]:
    return {name: {bound.currency: bound.minor} for name, bound in bounds.items()}


@promoted(THE + '"X" off on every product when the item total is at least "X"')
def off_all_by_total(world: World, what: str, least: str) -> None:
    give(world, what, need=worth(least), by_unit=True)


@promoted(THE + '"X" off on every product classified as "X" if order contains any product classified as "X"')
def off_kind_with_kind(world: World, what: str, kind: str, with_kind: str) -> None:
    needed = of_kinds(world, with_kind)
    need = lambda: {"scope": needed(), "quantity": 1}  # noqa: E731
    give(world, what, scope=of_kinds(world, kind), need=need, by_unit=True)


@promoted(
    THE + '"X" off on every product classified as "X" or "X" if order contains any product classified as "X" or "X"'
)
def off_kinds_with_kinds(world: World, what: str, one: str, two: str, three: str, four: str) -> None:
    needed = of_kinds(world, three, four)
    need = lambda: {"scope": needed(), "quantity": 1}  # noqa: E731
    give(world, what, scope=of_kinds(world, one, two), need=need, by_unit=True)


@promoted(THE + '"X" off on every product classified as "X" and "X" discount on every order')
def off_kind_and_order(world: World, what: str, kind: str, also: str) -> None:
    off_kind(world, what, kind)
    off_order(world, also)


@promoted(
    THE
    + '"X" off on every product classified as "X" and a "X" discount to every order with items total equal at least "X"'
)
def off_kind_and_order_by_total(world: World, what: str, kind: str, also: str, least: str) -> None:
    give(world, what, scope=of_kinds(world, kind), need=worth(least), by_unit=True)
    # What is left of the goods after the first part decides here on the second; the total was reached before it.
    give(world, also, need=worth(least))


@promoted(
    THE
    + '"X" off on every product classified as "X" and a free shipping to every order '
    + 'with items total equal at least "X"'
)
def off_kind_and_shipping(world: World, what: str, kind: str, least: str) -> None:
    give(world, what, scope=of_kinds(world, kind), need=worth(least), by_unit=True)
    free_shipping_over(world, least)


@promoted(THE + 'free shipping to every order over "X"')
def free_shipping_over(world: World, least: str) -> None:
    need = worth(least)
    last_deal(world).parts.append(Part(lambda: {"kind": "shipping", "needs": [need()]}))


@promoted(THE + '"X" discount on shipping to every order')
def off_shipping(world: World, what: str) -> None:
    found = PERCENT.fullmatch(what)
    if found is None:
        raise NotApplicable("an amount off shipping: it is a percentage here")
    points = round(float(found[1]) * 100)
    last_deal(world).parts.append(Part(lambda: {"kind": "shipping", "points": points}))


@promoted("this promotion is not available in any channel")
def nowhere(world: World) -> None:
    last_deal(world).change(nowhere=True)


@promoted("this promotion starts tomorrow")
def tomorrow(world: World) -> None:
    last_deal(world).change(starts_at=now() + timedelta(days=1))


@promoted("this promotion is valid until tomorrow")
def until_tomorrow(world: World) -> None:
    last_deal(world).change(ends_at=now() + timedelta(days=1))


@promoted("this promotion has already expired")
def expired(world: World) -> None:
    last_deal(world).end(now() - timedelta(minutes=1))


@promoted('the promotion "X" is archived')
def archived(world: World, name: str) -> None:
    deal_called(world, name).change(is_active=False)


@promoted("this promotion has usage limit equal to N")
def limited(world: World, most: str) -> None:
    last_deal(world).change(limit_total=int(most))


@promoted("this promotion usage limit is already reached")
def used_up(world: World) -> None:
    deal = last_deal(world)
    deal.settle()
    for part in deal.parts:
        Counter.objects.create(promotion_id=part.row_id, key="all", used=deal.values["limit_total"])


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
    compare(-world.cart().quote.discount, amount(wanted), "the discount")


@promoted("there should be no discount applied")
def no_discount(world: World) -> None:
    compare(world.cart().quote.discount.minor, 0, "the discount")


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
    compare(_off_by_unit(world, world.cart().lines[-1].title), amount(wanted), "what came off")


@promoted('product "X" price should be (decreased)(discounted) by "X"')
def decreased(world: World, title: str, wanted: str) -> None:
    compare(_off_by_unit(world, title), amount(wanted), "what came off")


@promoted('product "X" price should not be decreased')
def not_decreased(world: World, title: str) -> None:
    compare(_off_by_unit(world, title).minor, 0, "what came off")


@promoted('the product "X" should have discounted unit price "X" in the cart')
def unit_price(world: World, title: str, wanted: str) -> None:
    line = world.line(title)
    if line.subtotal is None:
        raise Differs(f"{title} has no price")
    compare(line.subtotal - _off_by_unit(world, title), amount(wanted) * line.quantity, "the price")


@promoted("I should be informed that this promotion is no longer applied")
def no_longer(world: World) -> None:
    compare(type(world.error), PriceChanged, "what the shop said")


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
