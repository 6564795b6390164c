"""Steps in which somebody buys, and what they then see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.services import remove_line
from duli.commerce.checkout.types import InvalidQuantity
from duli.commerce.inventory.selectors import availability
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.pricing.selectors import exchange_rate
from duli.platform.store.selectors import markets
from quality.pricing.outcome import Differs, NotApplicable, Steps
from quality.pricing.world import LANGUAGE, NAMES, Item, World, amount

shop = Steps()
NOW = datetime.now(UTC)


def _same(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Differs(f"{what} is {found}, not {wanted}")


def _this(world: World) -> Item:
    if world.item is None:
        raise NotApplicable("a product that was not named")
    return world.item


def _who(*patterns: str) -> list[str]:
    """Return patterns of what I, a visitor and a customer do alike."""
    found = []
    for pattern in patterns:
        found += [f"{who} {pattern}" for who in ("I", "the visitor", "the customer")]
    return found


# Buying


@shop(
    *_who(
        'add(s) (again )product "X" to the cart', '(have|has) product "X" in the cart', 'added product "X" to the cart'
    ),
    *_who('adds "X" product to the cart', 'have product "X" in the cart', 'has product "X" in the cart'),
)
def add(world: World, title: str) -> None:
    world.add(world.named(title), 1)


@shop(
    *_who(
        'add (again )N products "X" to the cart', 'have N products "X" in the cart', 'added N products "X" to the cart'
    )
)
def add_many(world: World, number: str, title: str) -> None:
    world.add(world.named(title), int(number))


@shop('I try to add N products "X" to the cart')
def try_to_add(world: World, number: str, title: str) -> None:
    world.add(world.named(title), int(number))


@shop('I add products "X" and "X" to the cart')
def add_two(world: World, first: str, second: str) -> None:
    for title in (first, second):
        world.add(world.named(title), 1)


@shop('I add products "X", "X" and "X" to the cart')
def add_three(world: World, *titles: str) -> None:
    for title in titles:
        world.add(world.named(title), 1)


@shop("I add this product to the cart")
def add_this(world: World) -> None:
    world.add(_this(world), 1)


@shop("I add N of them to my cart", "I add N of them to the cart")
def add_these(world: World, number: str) -> None:
    world.add(_this(world), int(number))


@shop('I add "X" variant of product "X" to the cart', 'I have "X" variant of product "X" in the cart')
def add_variant(world: World, variant: str, title: str) -> None:
    world.add(world.named(title), 1, variant)


@shop('I add "X" variant of this product to the cart')
def add_variant_of_this(world: World, variant: str) -> None:
    world.add(_this(world), 1, variant)


@shop('I remove product "X" from the cart')
def remove(world: World, title: str) -> None:
    remove_line(token=world.token, line_id=world.line(title).id)


@shop(*_who('change(s) product "X" quantity to N( in my cart)( in his cart)'))
def change(world: World, title: str, number: str) -> None:
    world.change_quantity(title, int(number))


@shop("I pick up my cart( again)", "the customer has created empty cart")
def pick_up(world: World) -> None:
    world.token = ""


@shop("I see the summary of my cart", "I check details of my cart")
def summary(world: World) -> None:
    world.cart()


# The checkout


@shop(
    "I addressed (the cart)(it)",
    "I specified the billing address",
    *_who('(has )specified address as "X", "X", "X", "X" for "X"'),
    *_who('(have )(has )specified the billing address as "X", "X", "X", "X" for "X"'),
    *_who('specify the billing address as "X", "X", "X", "X" for "X"'),
    *_who('(has )specif(y)(ied) address as "X", "X", "X", "X" for "X"'),
)
def addressed(world: World, *parts: str) -> None:
    world.address_to(parts[3] if len(parts) > 3 else world.home)


@shop('I proceed with selecting "X" as billing country', 'I proceed with selecting "X" as shipping country')
def billing_country(world: World, country: str) -> None:
    world.address_to(country)


@shop('I complete addressing step with email "X" and "X" based billing address')
def addressed_by_mail(world: World, email: str, country: str) -> None:
    world.details = replace(world.details, email=email)
    world.address_to(country)


@shop(*_who("(has )complete(d)(s) the addressing step"))
def completed(world: World) -> None:
    """The address was kept by the step before."""


@shop(*_who('(has )specif(y)(ied) the email as "X"'))
def email(world: World, _email: str) -> None:
    """Every shopper here has one."""


@shop(
    'I proceed with selecting "X" shipping method',
    *_who('(has )proceed(ed) (with )"X" shipping method'),
)
def shipping_method(world: World, name: str) -> None:
    world.choose_method(name)


@shop('I proceeded with "X" shipping method and "X" payment method')
def shipping_and_payment(world: World, method: str, payment: str) -> None:
    world.choose_method(method)
    world.choose_payment(payment)


@shop(
    'I choose "X" payment method',
    'I proceed with selecting "X" payment method',
    *_who('(has )proceed(ed) (with )"X" payment'),
)
def payment_method(world: World, name: str) -> None:
    world.choose_payment(name)


@shop(*_who("(try to )confirm (my)(his) order"))
def confirm(world: World) -> None:
    world.confirm()


# What is seen


@shop('my cart total should be "X"', 'the cart total should be "X"')
def cart_total(world: World, wanted: str) -> None:
    _same(world.cart().quote.total, amount(wanted), "the total")


@shop('my order total should be "X"')
def order_total(world: World, wanted: str) -> None:
    _same(world.cart().quote.total, amount(wanted), "the total")


@shop('my cart taxes should be "X"')
def taxes(world: World, wanted: str) -> None:
    found = [entry.tax.minor for entry in world.cart().quote.taxes if not entry.included]
    _same(sum(found), amount(wanted).minor, "tax on top")


@shop('my included in price taxes should be "X"')
def included_taxes(world: World, wanted: str) -> None:
    found = [entry.tax.minor for entry in world.cart().quote.taxes if entry.included]
    _same(sum(found), amount(wanted).minor, "tax in the prices")


@shop("there should be no taxes charged")
def no_taxes(world: World) -> None:
    _same(world.cart().quote.tax.minor, 0, "tax")


@shop('my cart shipping total should be "X"')
def shipping_total(world: World, wanted: str) -> None:
    choice = world.cart().quote.shipping_choice
    if choice is None:
        raise Differs("there is no shipping")
    _same(choice.total, amount(wanted), "shipping")


@shop('my cart estimated shipping cost should be "X"')
def estimate(world: World, wanted: str) -> None:
    _same(world.cart().quote.shipping, amount(wanted), "shipping")


@shop('total price of "X" item should be "X"', 'the product "X" should have total price "X" in the cart')
def line_total(world: World, title: str, wanted: str) -> None:
    line = world.line(title)
    quoted = next(one for one in world.cart().quote.lines if one.key == str(line.id))
    _same(quoted.subtotal - quoted.discount, amount(wanted), "the line")


@shop('I should see "X" with unit price "X" in my cart')
def unit_price(world: World, title: str, wanted: str) -> None:
    _same(world.line(title).unit_price, amount(wanted), "the price")


@shop('I should see "X" with quantity N in my cart', *_who('should see product "X" with quantity N in his cart'))
def quantity(world: World, title: str, number: str) -> None:
    _same(world.line(title).quantity, int(number), "the quantity")


@shop("there should be one item in my cart")
def one_item(world: World) -> None:
    _same(len(world.cart().lines), 1, "the number of items")


@shop("there should be N item(s) in my cart")
def items(world: World, number: str) -> None:
    _same(len(world.cart().lines), int(number), "the number of items")


@shop("I should have empty cart")
def empty(world: World) -> None:
    _same(len(world.cart().lines), 0, "the number of items")


@shop('this item should have name "X"', 'there should be one item named "X" in my cart')
def item_name(world: World, title: str) -> None:
    world.line(title)


@shop('this item should have variant "X"')
def item_variant(world: World, name: str) -> None:
    _same(world.cart().lines[-1].variant_title, name, "the variant")


@shop('this item should have code "X"')
def item_code(world: World, code: str) -> None:
    _same(world.cart().lines[-1].sku, code, "the code")


@shop(*_who('can see "X" product in the cart'))
def in_the_cart(world: World, title: str) -> None:
    world.line(title)


@shop(
    "I should be on my cart summary page",
    "I should be notified that the product has been successfully added",
    "I should not be notified that this product does not have sufficient stock",
)
def added(world: World) -> None:
    _same(world.error, None, "what the shop said")


@shop("I should be notified that this product does not have sufficient stock")
def not_enough(world: World) -> None:
    _same(type(world.error), InsufficientStock, "what the shop said")


@shop('I should still be on product "X" page', 'I should be on "X" product detailed page')
def not_added(world: World, _title: str) -> None:
    if world.error is None:
        raise Differs("it was added")


@shop("I should be notified that quantity of added product cannot be lower that N")
def too_few(world: World, _number: str) -> None:
    _same(type(world.error), InvalidQuantity, "what the shop said")


@shop("I should be notified that the quantity of this product must be between N and N")
def too_many(world: World, least: str, most: str) -> None:
    _same(type(world.error), InvalidQuantity, "what the shop said")
    assert world.error is not None
    if f"between {least} and {most}" not in str(world.error):
        raise NotApplicable("another most of units in one line: a setting of this shop's house")


@shop("I check this product's details")
def details(world: World) -> None:
    world.make(_this(world))


@shop("I should see that it is out of stock", "I should be unable to add it to the cart")
def sold_out(world: World) -> None:
    ids = [goods.variant_id for goods in _this(world).goods]
    _same({entry.available for entry in availability(ids).values()}, {0}, "what is there")
    world.add(_this(world), 1)
    _same(type(world.error), InsufficientStock, "what the shop said")


@shop("I should be on the checkout shipping step")
def shipping_step(world: World) -> None:
    _same(world.view().cart.shipping_is_estimate, False, "an estimate")


@shop('I should see "X" shipping method')
def offered(world: World, name: str) -> None:
    if name not in [rate.name for rate in world.view().rates]:
        by_value = any(method.basis == "price" for method in world.methods_called(name))
        if by_value and world.cart().quote.tax.minor:
            raise NotApplicable("a method from a value on: it looks at the goods without the taxes on top of them")
        raise Differs(f"{name} is not offered")


@shop('I should not see "X" shipping method')
def not_offered(world: World, name: str) -> None:
    if name in [rate.name for rate in world.view().rates]:
        raise Differs(f"{name} is offered")


@shop(*_who("should have checkout address step completed"))
def has_address(world: World) -> None:
    if world.view().details.shipping_address is None:
        raise Differs("no address was kept")


@shop(*_who("should have checkout shipping method step completed"))
def has_method(world: World) -> None:
    _same(world.view().details.shipping_method_id, world.details.shipping_method_id, "the method")


@shop(*_who("should have checkout payment step completed"))
def has_payment(world: World) -> None:
    if not world.view().details.payment_method_code:
        raise Differs("no payment method was kept")


@shop(*_who("should see the thank you page"))
def thanks(world: World) -> None:
    if world.order is None:
        raise Differs(f"no order: {world.error}")


@shop("I should not see the thank you page")
def no_thanks(world: World) -> None:
    if world.order is not None:
        raise Differs("an order was placed")


# Currencies and channels


@shop('I switch to the "X" currency')
def switch(world: World, currency: str) -> None:
    world.switch_currency(currency)


@shop('I (change)(changed) my current channel to "X"', 'I (start )brows(e)(ing) the "X" channel')
def switch_channel(world: World, name: str) -> None:
    world.switch_channel(name)


@shop("I browse that channel", "I browse currencies")
def browse(world: World) -> None:
    world.switch_channel(list(world.channels)[-1])


@shop('I should (still )shop using the "X" currency')
def shops_in(world: World, currency: str) -> None:
    _same(cart_view(world.token, world.market, LANGUAGE).currency, currency, "the currency")


def _choices(world: World) -> set[str]:
    """Return the currencies of the markets of this channel."""
    place = world.market.code.partition("-")[0]
    return {market.currency for market in markets() if market.code.partition("-")[0] == place}


@shop('I should be able to shop using the "X" currency')
def can_choose(world: World, currency: str) -> None:
    if currency not in _choices(world):
        raise Differs(f"{currency} cannot be chosen")


@shop('I should not be able to shop using the "X" currency')
def cannot_choose(world: World, currency: str) -> None:
    if currency in _choices(world):
        raise Differs(f"{currency} can be chosen")


@shop('I should see "X" and "X" in the list')
def both_listed(world: World, first: str, second: str) -> None:
    _same(_choices(world), {first, second}, "the list")


def _rates(world: World) -> set[tuple[str, str]]:
    """Return the pairs of this channel's own currency that have a rate, as they were given."""
    from duli.commerce.pricing.models import ExchangeRate

    own = world.channel.currency if world.channel else ""
    pairs = ExchangeRate.objects.values_list("base", "quote")
    return {pair for pair in pairs if own in pair and set(pair) <= _choices(world)}


@shop("I get exchange rates of the store")
def get_rates(world: World) -> None:
    _rates(world)


@shop("I should see N exchange rates on the list")
def rates_listed(world: World, number: str) -> None:
    _same(len(_rates(world)), int(number), "the number of rates")


@shop('I should see that the exchange rate of "X" to "X" is N')
def rate_is(world: World, base: str, quote: str, wanted: str) -> None:
    found = exchange_rate(NAMES[base], NAMES[quote], NOW)
    _same(found, type(found)(wanted) if found is not None else wanted, "the rate")


@shop('I should not see "X" to "X" exchange rate')
def no_rate(world: World, base: str, quote: str) -> None:
    if (NAMES[base], NAMES[quote]) in _rates(world):
        raise Differs("the rate is listed")
