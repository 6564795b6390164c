"""Reads everything a cart's totals depend on, in a fixed number of queries, and quotes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.checkout.types import CartLineView
from duli.commerce.inventory.selectors import availability
from duli.commerce.orders.goods import variant_images, variant_titles
from duli.commerce.pricing.history import shown_former
from duli.commerce.pricing.quote import quote
from duli.commerce.pricing.selectors import prices, taxes_for
from duli.commerce.pricing.types import LineInput, PriceView, Quote, QuoteContext, ShippingInput
from duli.commerce.shipping.selectors import rates
from duli.commerce.shipping.types import Parcel, Rate
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import market_by_code, markets
from duli.platform.store.types import MarketView

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


def read_lines(cart: Cart, at: datetime | None = None) -> list[CartLineView]:
    """Return the cart's lines with today's texts, prices and stock, in the cart's language and currency."""
    instant = at or now()
    rows = _lines.rows(cart.pk)
    if not rows:
        return []
    ids = [row.variant_id for row in rows]
    priced = prices(ids, cart.currency, instant)
    free = availability(ids)
    images = variant_images([row.variant for row in rows])
    translated = variant_titles([row.variant for row in rows], cart.language)
    checked = market_of(cart).checks_reductions
    views = []
    for row in rows:
        variant, product = row.variant, row.variant.product
        price = priced.get(row.variant_id)
        units = free.get(row.variant_id)
        available = units.available if units else 0
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
                weight_grams=variant.weight_grams,
                tax_class=product.tax_class,
            )
        )
    return views


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
    """Return (country, region, whether the shopper said so); without an address the market's first country."""
    address = cart.shipping_address or {}
    if address.get("country"):
        return address["country"], address.get("region", ""), True
    return (market.countries[0] if market.countries else ""), "", False


def rates_for(cart: Cart, lines: Sequence[CartLineView], market: MarketView) -> list[Rate]:
    """Return the methods that serve the cart's destination; none where nothing has to be sent."""
    parcel = parcel_of(lines, cart.currency)
    country, region, _ = destination(cart, market)
    if not parcel.quantity or not country:
        return []
    return rates(country=country, region=region, parcel=parcel, language=cart.language)


def chosen_rate(cart: Cart, available: Sequence[Rate]) -> Rate | None:
    """Return the method the shopper chose if it still serves, else the cheapest."""
    for rate in available:
        if rate.method_id == cart.shipping_method_id:
            return rate
    return min(available, key=lambda rate: rate.price.minor) if available else None


def quote_cart(cart: Cart, lines: Sequence[CartLineView], rate: Rate | None, market: MarketView, at: datetime) -> Quote:
    """Quote the lines that can be bought, with the shipping of `rate` and the taxes of the destination."""
    country, region, _ = destination(cart, market)
    context = QuoteContext(
        currency=cart.currency,
        prices_include_tax=market.prices_include_tax,
        instant=at,
        taxes=taxes_for(country, region, at) if country else {},
        shipping=ShippingInput(rate.code, rate.name, rate.price, rate.why) if rate else None,
        market_code=market.code,
    )
    inputs = [
        LineInput(str(line.id), line.variant_id, line.quantity, line.unit_price, line.tax_class)
        for line in lines
        if line.unit_price is not None and not line.problem
    ]
    return quote(inputs, context)
