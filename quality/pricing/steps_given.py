"""Steps that set the shop up."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from duli.commerce.pricing import services as pricing
from duli.commerce.shipping import services as shipping
from quality.pricing.outcome import NotApplicable, Steps
from quality.pricing.world import NAMES, WORLD_ZONE, Item, World, amount, country_code, tax_class_of

given = Steps()


def _this(world: World) -> Item:
    if world.item is None:
        raise NotApplicable("a product that was not named")
    return world.item


def _day(text: str) -> date:
    day, month, year = text.split("-")
    return date(int(year), int(month), int(day))


@given('the store operates on a single channel in "X"')
def single_channel(world: World, country: str) -> None:
    world.open(country)


@given('the store (also )operates on a(nother) channel named "X" in "X" currency( and with hostname "X")')
def channel(world: World, name: str, currency: str, _host: str | None = None) -> None:
    world.add_channel(name, currency)


@given('the store operates on a channel named "X"')
def own_channel(world: World, name: str) -> None:
    world.add_channel(name, "USD")


@given('that channel allows to shop using (the )"X" currency')
def one_currency(world: World, currency: str) -> None:
    world.allow_currency(list(world.channels.values())[-1], currency)


@given('that channel allows to shop using "X" and "X" currencies')
def two_currencies(world: World, first: str, second: str) -> None:
    for currency in (first, second):
        one_currency(world, currency)


@given('that channel allows to shop using "X", "X" and "X" currencies')
def three_currencies(world: World, first: str, second: str, third: str) -> None:
    for currency in (first, second, third):
        one_currency(world, currency)


@given('"X" channel allows to shop using (the )"X" currency')
def one_currency_there(world: World, name: str, currency: str) -> None:
    world.allow_currency(world.channels[name], currency)


@given('"X" channel allows to shop using "X" and "X" currencies')
def two_currencies_there(world: World, name: str, first: str, second: str) -> None:
    for currency in (first, second):
        world.allow_currency(world.channels[name], currency)


@given('the store has currency "X"')
def has_currency(world: World, currency: str) -> None:
    pricing.save_price_list(currency=currency)


@given('the exchange rate of "X" to "X" is N')
def exchange_rate(world: World, base: str, quote: str, rate: str) -> None:
    if base not in NAMES or quote not in NAMES:
        raise NotApplicable(f"a currency that is not known: {base}, {quote}")
    start = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    pricing.save_exchange_rate(base=NAMES[base], quote=NAMES[quote], rate=Decimal(rate), valid_from=start)


@given('the store ships to "X"')
def ships_to(world: World, country: str) -> None:
    world.serve(country)


@given('there is a zone "X" containing all other countries')
def rest_of_the_world(world: World, _name: str) -> None:
    shipping.save_zone(name=WORLD_ZONE, countries=["*"], position=1)


@given('default tax zone is "X"')
def default_zone(world: World, zone: str) -> None:
    if country_code(zone) != world.home:
        raise NotApplicable("an estimate of taxes for another country than the shop's own")


@given('the store has "X" tax rate of N% for "X" within the "X" zone')
def tax_rate(world: World, name: str, percent: str, category: str, zone: str) -> None:
    world.add_rate(name, percent, category, zone, included=False)


@given('the store has included in price "X" tax rate of N% for "X" within the "X" zone')
def included_rate(world: World, name: str, percent: str, category: str, zone: str) -> None:
    world.add_rate(name, percent, category, zone, included=True)


@given('the store has "X" tax rate of N% for "X" for the rest of the world')
def world_rate(world: World, name: str, percent: str, category: str) -> None:
    world.add_rate(name, percent, category, WORLD_ZONE, included=False)


@given('the store has included in price "X" tax rate of N% for "X" for the rest of the world')
def included_world_rate(world: World, name: str, percent: str, category: str) -> None:
    world.add_rate(name, percent, category, WORLD_ZONE, included=True)


@given('the store has "X" tax rate of N% for "X" within the "X" zone ending at "X"')
def ending_rate(world: World, name: str, percent: str, category: str, zone: str, last: str) -> None:
    world.add_rate(name, percent, category, zone, included=False, last=_day(last))


@given('the store has "X" tax rate of N% for "X" within the "X" zone starting at "X"')
def starting_rate(world: World, name: str, percent: str, category: str, zone: str, first: str) -> None:
    world.add_rate(name, percent, category, zone, included=False, first=_day(first))


@given('the store uses the "X" tax calculation strategy')
def strategy(world: World, name: str) -> None:
    rules = {"Order item units based": "unit", "Order items based": "line"}
    if name not in rules:
        raise NotApplicable(f"a way to round taxes that is not known: {name}")
    world.round_by(rules[name])


@given('the "X" tax rate has decimal calculator configured')
def decimal_calculator(world: World, name: str) -> None:
    world.use_decimals(name)


@given('the store has a product "X" priced at "X"')
def product(world: World, title: str, price: str) -> None:
    world.add_item(title, amount(price))


@given('the store has a product "X"')
def product_without_price(world: World, title: str) -> None:
    world.add_item(title)


@given('the store has a "X" configurable product')
def configurable(world: World, title: str) -> None:
    world.add_item(title, variants=True)


@given('the store has a product "X" priced at "X" in "X" channel')
def product_in_channel(world: World, title: str, price: str, name: str) -> None:
    if amount(price).currency != world.channels[name].currency:
        raise NotApplicable("a price in another currency than the channel's own")
    world.add_item(title, amount(price))


@given('this product is also priced at "X" in "X" channel')
def also_priced(world: World, price: str, name: str) -> None:
    also = amount(price)
    for goods in _this(world).goods:
        if also.currency in goods.prices:
            raise NotApplicable("prices of one currency that differ by channel: a currency has one price list here")
        goods.prices[also.currency] = also


@given('this product has (a )"X" variant priced at "X"')
def this_variant(world: World, name: str, price: str) -> None:
    world.add_variant(_this(world), name, amount(price))


@given('this product has (a )"X" variant priced at "X" in "X" channel')
def this_variant_in_channel(world: World, name: str, price: str, channel_name: str) -> None:
    if amount(price).currency != world.channels[channel_name].currency:
        raise NotApplicable("a price in another currency than the channel's own")
    world.add_variant(_this(world), name, amount(price))


@given('this product has "X" variant priced at "X" configured with "X" option value')
def variant_of_option(world: World, name: str, price: str, value: str) -> None:
    world.add_variant(_this(world), name, amount(price)).option = value


@given('this product has option "X" with values "X", "X" and "X"')
def option(world: World, *_words: str) -> None:
    """An option's values come with the variants that have them."""


@given("this product is configured with the option matching selection method")
def choosing(world: World) -> None:
    """Variants are always chosen by the values of options."""


@given('the product "X" has (a )"X" variant priced at "X"', 'product "X" has (a )"X" variant priced at "X"')
def variant_of(world: World, title: str, name: str, price: str) -> None:
    world.add_variant(world.named(title), name, amount(price))


@given('it belongs to "X" tax category', 'this product belongs to "X" tax category', 'they belong to "X" tax category')
def tax_category(world: World, category: str) -> None:
    _this(world).tax_class = tax_class_of(category)


@given('product "X" belongs to "X" tax category')
def tax_category_of(world: World, title: str, category: str) -> None:
    world.named(title).tax_class = tax_class_of(category)


@given('"X" variant of product "X" belongs to "X" tax category')
def variant_tax_category(world: World, name: str, title: str, category: str) -> None:
    for goods in world.named(title).goods:
        if goods.name == name:
            goods.tax_class = tax_class_of(category)


@given("this product's weight is N")
def weight(world: World, kilograms: str) -> None:
    _this(world).grams = int(Decimal(kilograms) * 1000)


@given('"X" product is tracked by the inventory', 'product "X" is tracked by the inventory')
def tracked(world: World, title: str) -> None:
    world.named(title).is_tracked = True


@given('there are N units of product "X" available in the inventory')
def units(world: World, number: str, title: str) -> None:
    item = world.named(title)
    item.units = int(number)
    if item.product_id:
        world.count(item)


@given('the product "X" is out of stock')
def out_of_stock(world: World, title: str) -> None:
    units(world, "0", title)


@given('the store classifies its products as "X"(, "X")(, "X")( and "X")')
def categories(world: World, *_names: str) -> None:
    """A category is made when a product belongs to it."""


@given('it belongs to "X"', 'this product belongs to "X"')
def category(world: World, name: str) -> None:
    _this(world).kinds.append(name)


@given('the store has "X" shipping method with "X" fee')
def method(world: World, name: str, fee: str) -> None:
    world.add_method(name, amount(fee), [world.home])


@given('the store has "X" shipping method with "X" fee within the "X" zone')
def method_in_zone(world: World, name: str, fee: str, zone: str) -> None:
    world.add_method(name, amount(fee), [zone])


@given('the store has "X" shipping method with "X" fee for the rest of the world')
def method_elsewhere(world: World, name: str, fee: str) -> None:
    world.add_method(name, amount(fee), [WORLD_ZONE])


@given("the store ships everywhere for Free", "the store ships everywhere for free")
def ships_for_free(world: World) -> None:
    zones = [world.home, WORLD_ZONE] if world.home else [WORLD_ZONE]
    world.add_method("Free", amount("$0.00") * 1 if world.base.currency == "USD" else amount("€0.00"), zones)


@given('shipping method "X" belongs to "X" tax category')
def method_taxed(world: World, name: str, category: str) -> None:
    for found in world.methods_called(name):
        shipping.save_method(zone_id=found.zone_id, code=found.code, tax_class=tax_class_of(category))


@given("this shipping method is only available for orders with a total weight greater or equal to N")
def least_weight(world: World, kilograms: str) -> None:
    world.limit_method("weight", int(Decimal(kilograms) * 1000), None)


@given("this shipping method is only available for orders with a total weight less or equal to N")
def most_weight(world: World, kilograms: str) -> None:
    world.limit_method("weight", 0, int(Decimal(kilograms) * 1000))


@given('this shipping method is only available for orders over or equal to "X"')
def least_value(world: World, least: str) -> None:
    world.limit_method("price", amount(least).minor, None)


@given('this shipping method is only available for orders under or equal to "X"')
def most_value(world: World, most: str) -> None:
    world.limit_method("price", 0, amount(most).minor)


@given("the store allows paying Offline", 'the store allows paying "X"')
def payment(world: World, *_name: str) -> None:
    world.take_payments()


@given('it is "X" now')
def today(world: World, day: str) -> None:
    world.set_clock(day)


@given("the customer logged in", "there is the visitor")
def somebody(world: World) -> None:
    """Who buys changes nothing in what it costs; see `signed_in` where it does."""


@given("I am a logged in customer")
def signed_in(world: World) -> None:
    world.sign_in()


@given('there is a customer account "X"')
def account(world: World, _email: str) -> None:
    """It is made when it is entered."""


@given('I am logged in as "X"')
def signed_in_as(world: World, email: str) -> None:
    world.sign_in(email)
