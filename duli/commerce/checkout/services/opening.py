"""Opening a shop step by step: who it is, how it ships, what it takes, and an order that tries everything out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.money import Money, exponent
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.models.product import on_sale
from duli.commerce.checkout import selectors
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.paying import ways_to_pay
from duli.commerce.checkout.services.cart import add_line
from duli.commerce.checkout.services.details import save_details
from duli.commerce.checkout.services.place import place_order
from duli.commerce.checkout.types import CurrencyFixed, Details, NothingToBuy, PaymentMethodUnavailable, PlaceOrder
from duli.commerce.customers.addresses import sample_address
from duli.commerce.inventory.models import Location
from duli.commerce.inventory.selectors import availability
from duli.commerce.inventory.services import save_location
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import has_sold
from duli.commerce.orders.states import TEST_SOURCE
from duli.commerce.payments.models import GiftCard
from duli.commerce.payments.services import save_gateway
from duli.commerce.pricing.selectors import prices
from duli.commerce.pricing.services import restate_prices, save_price_list, save_tax_rate
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.services import restate_rates, save_method, save_zone
from duli.platform.store.models import Market, Store
from duli.platform.store.selectors import current_store
from duli.platform.store.services import pass_step, save_market, save_store
from duli.platform.store.types import MarketView

MAIN: Final = "main"
FLAT: Final = "standard"
# The goods a test order looks through for one that can be bought.
MOST_TRIED: Final = 200


@transaction.atomic
def open_shop(
    *,
    name: str,
    email: str,
    address: str,
    country: str,
    language: str,
    currency: str,
    time_zone: str,
    prices_include_tax: bool,
    tax: tuple[str, Decimal] | None,
    actor: str,
) -> Store:
    """Say who the shop is and where it stands: its row, its default market, its first location and a rate of tax.

    Again, it changes what was said. Until something is sold the currency can be another one too: prices and shipping
    keep their numbers. `tax` is the name of the tax and its rate (0.13 for 13 %) in `country`, from this year on.
    InvalidInput (unknown currency), CurrencyFixed: something was sold in another one, PricesStand.
    """
    try:
        exponent(currency)
    except ValueError:
        raise InvalidInput(field="currency") from None
    is_new = not has_sold()
    own = current_store().default_currency
    if currency != own:
        if not is_new or GiftCard.objects.exists():
            raise CurrencyFixed(field="currency")
        restate_prices(currency=own, to_currency=currency)
        restate_rates(currency=own, to_currency=currency, actor=actor)
    store = save_store(
        name=name,
        email=email,
        address=address,
        default_language=language,
        default_currency=currency,
        time_zone=time_zone,
        actor=actor,
    )
    default = Market.objects.filter(is_default=True).first()
    home = Location.objects.order_by("priority", "pk").first()
    before = home.country if home and is_new else country
    market_name = _renamed(default.name, before, country, language) if default else ""
    save_market(
        code=default.code if default else MAIN,
        actor=actor,
        # Shoppers choose between markets by where they are.
        name=market_name or selectors.country_names(language).get(country, name)[:80],
        currency=currency,
        language=language,
        prices_include_tax=prices_include_tax,
        is_default=True,
    )
    save_price_list(currency=currency)
    if home is None:
        save_location(code=MAIN, name=name[:120], country=country, address=address)
    elif before != country:
        _move_home(home, country, address, language, actor)
    if tax is not None:
        save_tax_rate(country=country, rate=tax[1], name=tax[0], valid_from=date(now().year, 1, 1))
    pass_step(step="shop")
    return store


def _renamed(name: str, before: str, country: str, language: str) -> str:
    """Return a name that was nothing but the former country's, in whatever language, as the new one's; else itself."""
    languages = {language, *(code for code, _ in settings.LANGUAGES)}
    if name not in {selectors.country_names(code).get(before) for code in languages}:
        return name
    return selectors.country_names(language).get(country, name)[:80]


def _move_home(home: Location, country: str, address: str, language: str, actor: str) -> None:
    """Let parcels leave from another country, and let the zone of the former one be the zone of this."""
    former = home.country
    save_location(code=home.code, country=country, address=address)
    served = {code for zone in Zone.objects.all() for code in zone.countries}
    for zone in Zone.objects.all():
        if zone.countries == [former] and country not in served:
            name = _renamed(zone.name, former, country, language)
            save_zone(zone_id=zone.pk, name=name, countries=[country], actor=actor)
            return


@transaction.atomic
def offer_flat_shipping(
    *,
    name: str,
    countries: list[str],
    zone_name: str,
    minor: int,
    free_over_minor: int | None,
    days: tuple[int, int],
    actor: str,
) -> Method:
    """Ship everything to a zone for one price in the shop's own currency; again, it changes that price.

    InvalidInput: no country, a negative price, or days that run backwards.
    """
    if not countries:
        raise InvalidInput(field="countries")
    if minor < 0 or (free_over_minor or 0) < 0:
        raise InvalidInput(field="price")
    if not 0 <= days[0] <= days[1]:
        raise InvalidInput(field="max_days")
    currency = current_store().default_currency
    known = next((zone for zone in Zone.objects.all() if zone.countries == countries and not zone.regions), None)
    zone = known or save_zone(name=zone_name, countries=countries, position=Zone.objects.count(), actor=actor)
    method = save_method(
        zone_id=zone.pk,
        code=FLAT,
        name=name,
        rates={currency: [{"from": 0, "minor": minor}]},
        free_over={} if free_over_minor is None else {currency: free_over_minor},
        min_days=days[0],
        max_days=days[1],
        is_active=True,
        actor=actor,
    )
    pass_step(step="shipping")
    return method


@transaction.atomic
def offer_payments(*, methods: Mapping[str, Mapping[str, Any]], test_methods: frozenset[str], actor: str) -> None:
    """Take these payment methods, in this order, set up with their `values`. NotFound, InvalidInput."""
    for position, (code, values) in enumerate(methods.items()):
        save_gateway(
            code=code, enabled=True, values=values, position=position, test_mode=code in test_methods, actor=actor
        )
    pass_step(step="payment")


def place_test_order(*, market: MarketView, email: str, name: str, actor: str) -> Order:
    """Buy one of the shop's goods as a shopper would, through the same verbs, and mark the order as a test.

    It holds stock, writes the mails and waits for its money like every other, but counts in no numbers; cancelling it
    puts the goods back. Raises NothingToBuy, PaymentMethodUnavailable, and what `place_order` raises.
    """
    with transaction.atomic():
        variant_id, price = _something(market)
        country = _country(market)
        cart = add_line(
            token="", variant_id=variant_id, quantity=1, market=market, language=market.language, source=TEST_SOURCE
        )
        details = Details(
            email=email,
            shipping_address=sample_address(country, name),
            payment_method_code=_method(cart, country, price),
        )
        save_details(token=cart.token, details=details)
        order = place_order(request=PlaceOrder(cart_token=cart.token, shown_total=None, actor=actor))
        pass_step(step="order")
    return order


def _something(market: MarketView) -> tuple[int, Money]:
    """Return a variant that can be bought now, newest first, and its price."""
    instant = now()
    wanted = list(
        Variant.objects.filter(on_sale(instant, through="product__"), is_active=True)
        .order_by("-product_id", "position", "pk")
        .values_list("pk", flat=True)[:MOST_TRIED]
    )
    priced = prices(wanted, market.currency, instant)
    stocked = availability(wanted)
    for pk in wanted:
        units = stocked[pk].available if pk in stocked else 0
        if pk in priced and (units is None or units > 0):
            return pk, priced[pk].price
    raise NothingToBuy()


def _country(market: MarketView) -> str:
    """Return where the test order goes: home if the shop ships there, else the first country it ships to."""
    offered = [code for code, _ in selectors.countries_for(market, market.language)]
    home = Location.objects.order_by("priority", "pk").values_list("country", flat=True).first()
    return home if home and (home in offered or not offered) else next(iter(offered), home or "CN")


def _method(cart: Cart, country: str, price: Money) -> str:
    """Return a way to pay that moves no real money by itself: one that staff confirm, else a practice card."""
    is_sent = cart.lines.filter(variant__requires_shipping=True).exists()
    offered = ways_to_pay(cart, price, country=country, needs_shipping=is_sent)
    harmless = [method for method in offered if method.is_test or method.kind in {"offline", "on_delivery"}]
    chosen = min(harmless, key=lambda method: method.kind == "redirect", default=None)
    if chosen is None:
        raise PaymentMethodUnavailable()
    return chosen.code
