"""Reads everything a cart's totals depend on, in a fixed number of queries, and quotes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.catalogue.titles import named_parts, variant_titles, whole_weight
from duli.commerce.catalogue.units import content_of
from duli.commerce.checkout.models import Cart, CartLine, CustomLine, Draft
from duli.commerce.checkout.offers import buyer_keys, line_costs, line_facets, offers_of, on_shelf
from duli.commerce.checkout.points import with_points
from duli.commerce.checkout.taxing import treated
from duli.commerce.checkout.types import CartLineView, PickupChoice, PickupView, RestrictedGoods
from duli.commerce.customers.addresses import is_country
from duli.commerce.customers.types import Address
from duli.commerce.flash_sales.selectors import holds
from duli.commerce.flash_sales.types import Hold
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import availability, locations_with, pickup_places, ships_from, work_calendar
from duli.commerce.inventory.types import Availability, StockRequest
from duli.commerce.orders.goods import variant_images
from duli.commerce.orders.label_facts import destination_of, sender_of
from duli.commerce.orders.parts import parts_json, stock_of
from duli.commerce.orders.places import place_of
from duli.commerce.payments.gifts import Gift
from duli.commerce.pricing.history import shown_former
from duli.commerce.pricing.promoting import promoted
from duli.commerce.pricing.quote import NO_TAX, quote, spread
from duli.commerce.pricing.selectors import conversion, conversion_now, prices
from duli.commerce.pricing.types import (
    LineDiscount,
    LineInput,
    Place,
    PriceView,
    Quote,
    QuoteContext,
    ShippingInput,
    TaxRounding,
)
from duli.commerce.shipping.estimates import Estimate, estimate
from duli.commerce.shipping.label_seller import Postal
from duli.commerce.shipping.live import live_prices
from duli.commerce.shipping.restrictions import blocks
from duli.commerce.shipping.selectors import is_pickup, live_methods, method_names, rates, served_countries
from duli.commerce.shipping.types import Block, LivePrice, Parcel, Rate
from duli.commerce.taxes.types import Goods
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import market_by_code, markets
from duli.platform.store.types import MarketView

AGREED = "agreed"
"""The code of a way to send an order that staff agreed on in a draft."""

_LARGEST = {
    "en": ("US", "GB", "CA", "AU"),
    "de": ("DE", "AT", "CH"),
    "fr": ("FR", "BE", "CA"),
    "es": ("ES", "MX"),
    "it": ("IT",),
    "ja": ("JP",),
    "zh": ("CN", "SG", "MY"),
    "nl": ("NL", "BE"),
    "pt": ("BR", "PT"),
}

# Descriptions are long and no line shows them.
_lines = Prepared(
    lambda cart_id: (
        CartLine.objects.filter(cart_id=cart_id)
        .select_related("variant__product")
        .defer("variant__product__description_html", "variant__product__seo_description")
    )
)


def market_of(cart: Cart) -> MarketView:
    """Return the cart's market, or the default one if the merchant has removed it."""
    return market_by_code(cart.market_code) or markets()[0]


def draft_of(cart: Cart) -> Draft | None:
    """Return what staff agreed for the cart of a draft (one query a cart); None for a shopper's own."""
    if not cart.is_draft:
        return None
    if not hasattr(cart, "agreed"):
        cart.agreed = Draft.objects.filter(cart=cart).first()  # type: ignore[attr-defined]
    found: Draft | None = cart.agreed  # type: ignore[attr-defined]
    return found


def _held(draft: Draft | None) -> dict[int, int]:
    """Return the units that stock holds for the draft itself: they are there for it."""
    if draft is None or not draft.reserves_stock:
        return {}
    rows = Reservation.objects.filter(reference=draft.reference, state=Reservation.State.HELD)
    found: dict[int, int] = {}
    for variant_id, units in rows.values_list("level__variant_id", "quantity"):
        found[variant_id] = found.get(variant_id, 0) + units
    return found


def _custom_lines(cart: Cart) -> list[CartLineView]:
    """Return what a draft holds beside the catalogue's goods."""
    if not cart.is_draft:
        return []
    views = []
    for row in CustomLine.objects.filter(cart=cart):
        price = Money(row.price_minor, cart.currency)
        views.append(
            CartLineView(
                id=-row.pk,
                variant_id=0,
                product_id=0,
                product_handle="",
                title=row.title,
                variant_title="",
                sku="",
                image=None,
                quantity=row.quantity,
                unit_price=price,
                compare_at=None,
                former_price=None,
                subtotal=price * row.quantity,
                available=None,
                problem="",
                requires_shipping=row.requires_shipping,
                weight_grams=0,
                tax_class="standard",
                discount=Money(row.discount_minor, cart.currency) if row.discount_minor else None,
                custom_id=row.pk,
                is_taxed=row.is_taxed,
            )
        )
    return views


def read_lines(cart: Cart, at: datetime | None = None) -> list[CartLineView]:
    """Return the cart's lines with today's texts, prices and stock, in the cart's language and currency."""
    instant = at or now()
    rows = _lines.rows(cart.pk)
    if not rows:
        return _custom_lines(cart)
    held = _held(draft_of(cart))
    ids = [row.variant_id for row in rows]
    priced = prices(ids, cart.currency, instant)
    free = availability(ids)
    flash = _flash(cart, ids, instant)
    images = variant_images([row.variant for row in rows])
    translated = variant_titles([row.variant for row in rows], cart.language)
    parts = named_parts(ids, cart.language)
    left = _shared(rows, free, held) if parts else {}
    market = market_of(cart)
    checked = market.checks_reductions
    views = []
    for row in rows:
        variant, product = row.variant, row.variant.product
        price = priced.get(row.variant_id)
        hold = flash.get(row.variant_id)
        units = Availability(row.variant_id, hold.left, (), hold.left) if hold else free.get(row.variant_id)
        available = units.available if units else 0
        if available is not None:
            available += held.get(row.variant_id, 0)
        if hold is None:
            available = left.get(row.variant_id, available)
        title, variant_title = translated.get(row.variant_id, (product.title, variant.title))
        problem = ""
        if not _on_sale(product, variant, instant):
            problem = "gone"
        elif price is None:
            problem = "no_price"
        elif available is not None and available <= 0:
            problem = "sold_out"
        elif available is not None and available < row.quantity:
            problem = "too_many"
        elif hold is not None:
            problem = _flash_problem(hold, row.quantity)
            if problem == "flash_limit":
                available = hold.allowed
        agreed = row.price_minor
        if agreed is not None and problem == "no_price":
            problem = ""
        unit_price = Money(agreed, cart.currency) if agreed is not None else price.price if price else None
        changed = unit_price is not None and unit_price.minor != row.seen_price_minor
        views.append(
            CartLineView(
                id=row.pk,
                variant_id=row.variant_id,
                product_id=product.pk,
                product_handle=product.handle,
                title=title,
                variant_title=variant_title,
                sku=variant.sku,
                image=images.get(variant.pk),
                quantity=row.quantity,
                unit_price=unit_price,
                compare_at=_former(price, checked) if price else None,
                former_price=Money(row.seen_price_minor, cart.currency) if changed else None,
                subtotal=unit_price * row.quantity if unit_price is not None else None,
                available=available,
                problem=problem,
                requires_shipping=variant.requires_shipping,
                weight_grams=whole_weight(variant.weight_grams, parts.get(variant.pk, ())),
                tax_class=variant.tax_class or product.tax_class,
                discount=_discount(row, unit_price),
                is_agreed=agreed is not None,
                is_reduced=price is not None and price.compare_at is not None,
                list_price=price.price if price else None,
                # A voucher for many things is taxed when it is spent, not when it is sold.
                is_taxed=not product.is_gift_card,
                parts=parts.get(variant.pk, ()),
                later_units=_later(units, row.quantity, held.get(row.variant_id, 0)) if not problem else 0,
                promise=units.promise if units else None,
                content=content_of(variant.content_amount, variant.content_unit),
                is_gift_card=product.is_gift_card,
                gift=Gift.from_json(row.gift) if row.gift else None,
                hs_code=variant.hs_code or product.hs_code,
            )
        )
    return [*on_shelf(views, cart, market, instant), *_custom_lines(cart)]


def _flash(cart: Cart, variant_ids: Sequence[int], at: datetime) -> Mapping[int, Hold]:
    """Return what flash sales sell now; what staff agreed on in a draft comes from ordinary stock."""
    if cart.is_draft:
        return {}
    return holds(variant_ids, buyer_keys=buyer_keys(cart), cart_token=cart.token, at=at)


def _flash_problem(hold: Hold, quantity: int) -> str:
    """Return why a cart cannot buy what a flash sale has left, "" if it can."""
    if hold.allowed == 0:
        return "flash_had"
    if hold.allowed is not None and quantity > hold.allowed:
        return "flash_limit"
    return "flash_wait" if hold.waits else ""


def _later(free: Availability | None, quantity: int, held: int) -> int:
    """Return how many of the units are sold ahead; those that stock holds for the cart itself are there."""
    if free is None or free.promise is None or free.at_hand is None:
        return 0
    return max(0, quantity - free.at_hand - held)


def _discount(row: CartLine, unit_price: Money | None) -> Money | None:
    """Return what staff took off the line, never more than it costs today."""
    if not row.discount_minor or unit_price is None:
        return None
    return min(Money(row.discount_minor, unit_price.currency), unit_price * row.quantity)


def _shared(
    rows: Sequence[CartLine], free: Mapping[int, Availability], held: Mapping[int, int]
) -> dict[int, int | None]:
    """Return what each line can have where bundles and their components are bought together, first come first served.

    Without a bundle every line takes from a stock of its own, and nobody has to ask.
    """
    pool: dict[int, int | None] = {
        row.variant_id: free[row.variant_id].available for row in rows if row.variant_id in free
    }
    pool |= {part.variant_id: part.available for found in free.values() for part in found.parts}
    pool = {pk: units if units is None else units + held.get(pk, 0) for pk, units in pool.items()}
    left: dict[int, int | None] = {}
    for row in rows:
        here = free.get(row.variant_id)
        if here is None:
            continue
        takes = {part.variant_id: part.quantity for part in here.parts} or {row.variant_id: 1}
        limits = [units // takes[pk] for pk in takes if (units := pool.get(pk)) is not None]
        left[row.variant_id] = units_left = min(limits) if limits else None
        taken = row.quantity if units_left is None else min(row.quantity, units_left)
        for pk, quantity in takes.items():
            units = pool.get(pk)
            if units is not None:
                pool[pk] = units - taken * quantity
    return left


def _former(view: PriceView, checked: bool) -> Money | None:
    return shown_former(view.price, view.compare_at, view.lowest_before, checked=checked)


def _on_sale(product: Product, variant: Variant, instant: datetime) -> bool:
    return (
        variant.is_active
        and product.status == ProductStatus.ACTIVE
        and product.published_at is not None
        and product.published_at <= instant
        and (product.unpublished_at is None or product.unpublished_at > instant)
    )


def parcel_of(lines: Sequence[CartLineView], currency: str) -> Parcel:
    """Return what would be sent of the lines that can be bought."""
    weight = quantity = value = 0
    for line in lines:
        if line.problem or not line.requires_shipping or line.subtotal is None:
            continue
        weight += line.weight_grams * line.quantity
        quantity += line.quantity
        value += line.subtotal.minor
    return Parcel(weight, Money(value, currency), quantity)


def destination(cart: Cart, market: MarketView) -> tuple[str, str, bool]:
    """Return (country, region, whether the shopper said so); without an address where most would be.

    What is kept of a form that is still being filled in may name a country that there is none of: nobody said so then.
    """
    address = cart.shipping_address or {}
    if is_country(address.get("country", "")):
        return address["country"], address.get("region", ""), True
    return likely_country(market), "", False


def tax_place(cart: Cart, market: MarketView) -> Place:
    """Return where the cart is taxed: where it goes, as far as that is known."""
    country, region, chosen = destination(cart, market)
    if not chosen:
        return Place(country, region)
    if is_pickup(cart.shipping_method_id):
        # What is fetched is handed over at the place.
        place = next((entry for entry in pickup_places(country) if entry.id == cart.pickup_location_id), None)
        return Place(country, place.region if place else "")
    return place_of(Address.from_json(cart.shipping_address or {}))


def likely_country(market: MarketView) -> str:
    """Return the country that costs are estimated for: the market's first, or of a market for all others the largest
    that speaks its language and belongs to no other market; "" if nobody can say.
    """
    if market.countries:
        return market.countries[0]
    elsewhere = {country for other in markets() for country in other.countries}
    served = served_countries()
    for country in _LARGEST.get(market.language.split("-")[0], ()):
        if country not in elsewhere and (country in served or "*" in served):
            return country
    return ""


def rates_for(cart: Cart, lines: Sequence[CartLineView], market: MarketView) -> list[Rate]:
    """Return the methods that serve the cart's destination; none where nothing has to be sent."""
    parcel = parcel_of(lines, cart.currency)
    draft = draft_of(cart)
    if draft is not None and draft.shipping_minor is not None and parcel.quantity:
        return [_agreed_rate(draft, cart)]
    country, region, _ = destination(cart, market)
    if not parcel.quantity or not country:
        return []
    convert = conversion_now(cart.currency)
    found = rates(
        country=country,
        region=region,
        parcel=parcel,
        language=cart.language,
        convert=convert,
        live=_live(cart, lines, country, region, parcel),
    )
    if not pickup_places(country):
        found = [rate for rate in found if not rate.is_pickup]
    for _line, block in _blocked(lines, country):
        # What is fetched is not sent.
        found = [rate for rate in found if rate.is_pickup or (block.methods and rate.code not in block.methods)]
    return found


def _live(
    cart: Cart, lines: Sequence[CartLineView], country: str, region: str, parcel: Parcel
) -> dict[int, LivePrice | None]:
    """Return what carriers asked for such a parcel, by method; nothing is read where no method depends on it."""
    methods = live_methods(country, region)
    way = way_of(cart, lines) if methods else None
    if way is None:
        return {}
    instant = now()
    return live_prices(
        methods,
        sender=way[0],
        recipient=way[1],
        goods_grams=parcel.weight_grams,
        currency=cart.currency,
        convert=lambda base: conversion(cart.currency, instant, base),
    )


def way_of(cart: Cart, lines: Sequence[CartLineView]) -> tuple[Postal, Postal] | None:
    """Return from where to where the cart is sent; None while nobody has said where to."""
    place = ships_from(stock_requests([line for line in lines if line.requires_shipping and not line.problem]))
    if place is None or not (cart.shipping_address or {}).get("country"):
        return None
    return sender_of(place), destination_of(Address.from_json(cart.shipping_address or {}))


def _blocked(lines: Sequence[CartLineView], country: str) -> list[tuple[CartLineView, Block]]:
    """Return what keeps lines from a country, each with its line: a bundle cannot go where one of its parts cannot."""
    sent = [(line, inside(line)) for line in lines if line.requires_shipping and not line.problem and line.product_id]
    found = blocks([pk for _line, products in sent for pk in products], country)
    return [(line, block) for line, products in sent for block in found if block.product_id in products]


def inside(line: CartLineView) -> list[int]:
    """Return the products that a line sends: its own, and those of a bundle's components."""
    return list(dict.fromkeys([line.product_id, *(part.product_id for part in line.parts)]))


def restricted_goods(cart: Cart, lines: Sequence[CartLineView]) -> list[RestrictedGoods]:
    """Return which lines cannot be sent to where the cart goes, or not by every method there is."""
    draft = draft_of(cart)
    is_agreed = draft is not None and draft.shipping_minor is not None
    country, region, _said = destination(cart, market_of(cart))
    found = _blocked(lines, country) if country else []
    # A way to send it that staff agreed on is none of the methods.
    names = method_names(country, region, cart.language) if found and not is_agreed else {}
    return [
        RestrictedGoods(line.id, line.title, country, tuple(names[code] for code in kept), block.reason)
        for line, block in found
        # Of a method that is not offered there anyway nobody has to know.
        if (kept := [code for code in block.methods if code in names]) or not block.methods
    ]


def estimate_of(cart: Cart, rate: Rate | None, lines: Sequence[CartLineView], at: datetime) -> Estimate | None:
    """Return when a method brings it (or it lies ready); None where nobody knows: sold ahead, or as staff agreed."""
    if rate is None or not rate.method_id or any(line.later_units for line in lines):
        return None
    if rate.is_pickup:
        return estimate(rate.terms, work_calendar(cart.pickup_location_id), at)
    place = ships_from(stock_requests([line for line in lines if line.requires_shipping and not line.problem]))
    return estimate(rate.terms, work_calendar(place.pk if place else None), at)


def stock_requests(lines: Sequence[CartLineView]) -> list[StockRequest]:
    """Return what the lines take from stock."""
    return [request for line in lines for request in stock_of(line.variant_id, parts_json(line.parts), line.quantity)]


def pickup_of(cart: Cart, lines: Sequence[CartLineView], available: Sequence[Rate], at: datetime) -> PickupView | None:
    """Return where the cart can be fetched (two queries, where that is offered)."""
    rate = next((entry for entry in available if entry.is_pickup), None)
    if rate is None:
        return None
    country, _region, _said = destination(cart, market_of(cart))
    places = pickup_places(country)
    wanted = stock_requests([line for line in lines if line.requires_shipping and not line.problem])
    there = locations_with(wanted, [place.id for place in places])
    choices = [
        PickupChoice(place, place.id in there, estimate(rate.terms, work_calendar(place.id), at)) for place in places
    ]
    able = [choice.place.id for choice in choices if choice.is_there]
    chosen = cart.pickup_location_id if cart.pickup_location_id in able else next(iter(able), 0)
    return PickupView(rate, choices, chosen or 0)


def _agreed_rate(draft: Draft, cart: Cart) -> Rate:
    """Return the way to send it that staff agreed on, at their price."""
    return Rate(
        method_id=0,
        code=AGREED,
        name=draft.shipping_name or gettext("Shipping"),
        description="",
        carrier="",
        price=Money(draft.shipping_minor or 0, cart.currency),
        why="",
        min_days=0,
        max_days=0,
        free_over=None,
    )


def chosen_rate(cart: Cart, available: Sequence[Rate]) -> Rate | None:
    """Return the method the shopper chose if it still serves, else the cheapest."""
    for rate in available:
        if rate.method_id == cart.shipping_method_id:
            return rate
    # Nobody means to fetch it who did not say so.
    return min(available, key=lambda rate: (rate.is_pickup, rate.price.minor)) if available else None


def quote_cart(cart: Cart, lines: Sequence[CartLineView], rate: Rate | None, market: MarketView, at: datetime) -> Quote:
    """Quote the lines that can be bought, with the shipping of `rate` and the taxes of the destination."""
    place = tax_place(cart, market)
    context = QuoteContext(
        currency=cart.currency,
        prices_include_tax=market.prices_include_tax,
        instant=at,
        shipping=ShippingInput(rate.code, rate.name, rate.price, rate.why, rate.tax_class) if rate else None,
        market_code=market.code,
        rounding=TaxRounding(market.tax_rounding),
        offers=offers_of(cart, market),
    )
    facets = line_facets(lines, context.offers)
    costs = line_costs(lines, context.offers, cart.currency)
    inputs = [
        LineInput(
            str(line.id),
            line.variant_id,
            line.quantity,
            line.unit_price,
            line.tax_class,
            discounts=(LineDiscount("line", gettext("Discount"), line.discount),) if line.discount else (),
            tax=None if line.is_taxed else NO_TAX,
            facets=facets.get(line.id),
            is_reduced=line.is_reduced,
            shelf=line.shelf,
            cost=costs.get(line.variant_id),
        )
        for line in lines
        if line.unit_price is not None and not line.problem
    ]
    whole = {str(line.id) for line in lines if line.is_gift_card}
    reduced = _with_agreed_discount(inputs, whole, draft_of(cart), cart.currency)
    reduced, context = promoted(reduced, context)
    reduced = with_points(cart, reduced, whole)
    sent = [line for line in lines if line.requires_shipping and not line.problem]
    goods = Goods.PHYSICAL if sent else Goods.DIGITAL
    return quote(*treated(reduced, context, place, vat_id=cart.vat_id, goods=goods, codes=_codes(sent)))


def _codes(sent: Sequence[CartLineView]) -> list[str]:
    """Return the HS code of each kind of goods; that of a product, or of a variant with one of its own."""
    return [code for _product, code in sorted({(line.product_id, line.hs_code) for line in sent})]


def coverable(lines: Sequence[CartLineView], quoted: Quote) -> Money:
    """Return what gift cards may pay of a total: all but other gift cards, or none of them would ever run out."""
    bought = {str(line.id) for line in lines if line.is_gift_card}
    paid = sum(line.total.minor for line in quoted.lines if line.key in bought)
    return Money(quoted.total.minor - paid, quoted.currency)


def _with_agreed_discount(
    inputs: list[LineInput], whole: Collection[str], draft: Draft | None, currency: str
) -> list[LineInput]:
    """Take what staff took off the whole draft off its lines, never more than they cost; those in `whole` stay so."""
    if draft is None or not (draft.discount_minor or draft.discount_percent):
        return inputs
    open_lines = [line for line in inputs if line.key not in whole]
    left = sum(
        (line.unit_price * line.quantity).minor - sum(cut.amount.minor for cut in line.discounts) for line in open_lines
    )
    wanted = draft.discount_minor
    if draft.discount_percent:
        wanted = (Money(left, currency) * (draft.discount_percent / 100)).minor
    off = Money(min(wanted, left), currency)
    cut = spread(LineDiscount("draft", gettext("Order discount"), off, draft.discount_reason), open_lines)
    by_key = {line.key: line for line in cut}
    return [by_key.get(line.key, line) for line in inputs]
