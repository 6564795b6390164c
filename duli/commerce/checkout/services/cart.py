"""What a shopper does to a cart before the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import new_token
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.models.product import on_sale
from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.checkout.offers import buyer_keys
from duli.commerce.checkout.selectors import countries_for
from duli.commerce.checkout.snapshot import market_of
from duli.commerce.checkout.types import (
    MAXIMUM_LINES,
    MAXIMUM_QUANTITY,
    CartClosed,
    CartNotFound,
    DraftFixed,
    InvalidQuantity,
    NotForSale,
    TooManyLines,
)
from duli.commerce.flash_sales import services as flash_sales
from duli.commerce.flash_sales.selectors import holds
from duli.commerce.flash_sales.types import FlashLimitReached
from duli.commerce.inventory.selectors import availability
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.payments.gifts import Gift, clean_gift
from duli.commerce.pricing.selectors import prices
from duli.commerce.promotions.types import MOST_IN_CART
from duli.commerce.referrals.selectors import live_visit
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert
from duli.platform.store.types import MarketView

_for_sale = Prepared(
    lambda variant_id, instant: Variant.objects.filter(
        on_sale(instant, through="product__"), pk=variant_id, is_active=True
    ).values_list("product__is_gift_card")
)
_lines = Prepared(lambda cart_id: CartLine.objects.filter(cart_id=cart_id))
_set_updated = PreparedUpdate(lambda pk, instant: (Cart.objects.filter(pk=pk), {"updated_at": instant}))


def _touch(cart: Cart) -> None:
    cart.updated_at = now()
    _set_updated(cart.pk, cart.updated_at)


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAXIMUM_QUANTITY:
        raise InvalidQuantity(maximum=MAXIMUM_QUANTITY)


def _check_stock(cart: Cart, variant_id: int, quantity: int, instant: datetime, tickets: Sequence[str] = ()) -> None:
    """Raise why a cart cannot have so many; what a flash sale sells now comes from its own stock, by its own rules."""
    keys = buyer_keys(cart)
    hold = holds([variant_id], buyer_keys=keys, cart_token=cart.token, at=instant).get(variant_id)
    if hold is not None:
        if hold.waits:
            flash_sales.enter(tickets=tickets, sale_id=hold.item.sale_id, cart_token=cart.token)
        if hold.allowed is not None and quantity > hold.allowed:
            raise FlashLimitReached(limit=hold.item.limit)
        if quantity > hold.left:
            raise InsufficientStock(variant_id=variant_id, available=hold.left)
        return
    found = availability([variant_id]).get(variant_id)
    units = found.available if found else 0
    if units is not None and units < quantity:
        raise InsufficientStock(variant_id=variant_id, available=units)


@transaction.atomic
def add_line(
    *,
    token: str,
    variant_id: int,
    quantity: int,
    market: MarketView,
    language: str,
    source: str = "",
    gift: Gift | None = None,
    tickets: Sequence[str] = (),
) -> Cart:
    """Put units of a variant into the cart; a token that opens no open cart starts a new one.

    The same variant again adds to its line; gift cards for different people are different lines. Nothing is held:
    stock is taken when the order is placed. Raises InvalidQuantity, NotForSale, InsufficientStock (with what is
    available), TooManyLines, InvalidInput (what is said of a `gift`, or that of something that is no gift card); of
    what a flash sale sells now, NotYourTurn (none of `tickets` of its waiting room was let in) and FlashLimitReached.
    """
    _check_quantity(quantity)
    instant = now()
    found = _for_sale.first(variant_id, instant)
    if found is None:
        raise NotForSale()
    said = clean_gift(gift) if gift is not None else Gift()
    key = said.key
    if key and not found[0]:
        raise InvalidInput(field="gift")
    lines: list[CartLine] = []
    try:
        cart = locks.lock_open_cart(token)
        if cart.is_draft:
            raise CartClosed()
        lines = _lines.rows(cart.pk)
    except (CartNotFound, CartClosed):
        cart = Cart(
            token=new_token(),
            market_code=market.code,
            language=language,
            currency=market.currency,
            source=source[:40],
            created_at=instant,
            updated_at=instant,
        )
    price = prices([variant_id], cart.currency, instant).get(variant_id)
    if price is None:
        raise NotForSale()
    line = next((line for line in lines if (line.variant_id, line.gift_key) == (variant_id, key)), None)
    wanted = (line.quantity if line else 0) + quantity
    _check_quantity(wanted)
    _check_stock(cart, variant_id, wanted, instant, tickets)
    if cart.pk is None:
        insert(cart)
    else:
        _touch(cart)
    if line:
        line.quantity = wanted
        line.seen_price_minor = price.price.minor
        line.save(update_fields=["quantity", "seen_price_minor"])
    else:
        if len(lines) >= MAXIMUM_LINES:
            raise TooManyLines(maximum=MAXIMUM_LINES)
        insert(
            CartLine(
                cart=cart,
                variant_id=variant_id,
                quantity=wanted,
                seen_price_minor=price.price.minor,
                gift=said.to_json(),
                gift_key=key,
            )
        )
    cart.item_count = sum(other.quantity for other in lines if other != line) + wanted
    return cart


def _line(cart: Cart, line_id: int) -> CartLine:
    line = CartLine.objects.filter(cart=cart, pk=line_id).first()
    if line is None:
        raise NotFound()
    return line


@transaction.atomic
def set_quantity(*, token: str, line_id: int, quantity: int) -> Cart:
    """Set a line's quantity; 0 removes it. Raises CartNotFound, CartClosed, DraftFixed, NotFound (somebody else's
    line), InvalidQuantity, InsufficientStock, NotYourTurn, FlashLimitReached.
    """
    cart = locks.lock_open_cart(token)
    if cart.is_draft:
        raise DraftFixed()
    line = _line(cart, line_id)
    if quantity == 0:
        line.delete()
    else:
        _check_quantity(quantity)
        if quantity > line.quantity:
            _check_stock(cart, line.variant_id, quantity, now())
        line.quantity = quantity
        line.save(update_fields=["quantity"])
    _touch(cart)
    return cart


def remove_line(*, token: str, line_id: int) -> Cart:
    """Take a line out of the cart. Errors as in `set_quantity`."""
    return set_quantity(token=token, line_id=line_id, quantity=0)


@transaction.atomic
def set_destination(*, token: str, country: str) -> Cart:
    """Say which country the cart goes to, so that shipping and taxes are told before the checkout.

    An address that was filled in for another country is given up. Raises CartNotFound, CartClosed, DraftFixed,
    InvalidInput (a country the shop does not deliver to from this market).
    """
    cart = locks.lock_open_cart(token)
    if cart.is_draft:
        raise DraftFixed()
    if country not in {code for code, _name in countries_for(market_of(cart), cart.language)}:
        raise InvalidInput(field="country")
    if (cart.shipping_address or {}).get("country") != country:
        cart.shipping_address = {"country": country}
        cart.save(update_fields=["shipping_address"])
        _touch(cart)
    return cart


@transaction.atomic
def note_visit(*, token: str, visit_id: int) -> Cart:
    """Remember by whose link the buyer came; the last one counts, also over an older one. CartNotFound, CartClosed."""
    cart = locks.lock_open_cart(token)
    if visit_id > (cart.visit_id or 0) and live_visit(visit_id) is not None:
        cart.visit_id = visit_id
        cart.save(update_fields=["visit"])
    return cart


@transaction.atomic
def change_market(*, token: str, market: MarketView, language: str) -> Cart:
    """Let the cart follow the shopper to another market: currency and language change, the goods stay.

    Prices of the new currency count as seen; a shipping method that may not serve any more is given up.
    """
    cart = locks.lock_open_cart(token)
    if (cart.market_code, cart.language) == (market.code, language) or cart.is_draft:
        return cart
    if cart.currency != market.currency:
        cart.currency = market.currency
        rows = list(CartLine.objects.filter(cart=cart))
        priced = prices([row.variant_id for row in rows], market.currency, now())
        for row in rows:
            if row.variant_id in priced:
                row.seen_price_minor = priced[row.variant_id].price.minor
                row.save(update_fields=["seen_price_minor"])
        cart.shipping_method_id = None
        cart.payment_method_code = ""
    if cart.market_code != market.code and cart.shipping_address:
        country = cart.shipping_address.get("country")
        if market.countries and country not in market.countries:
            cart.shipping_address = None
    cart.market_code = market.code
    cart.language = language
    cart.save()
    _touch(cart)
    return cart


@transaction.atomic
def merge(*, token: str, customer_id: int, market: MarketView, language: str) -> Cart | None:
    """Make the cart the customer's own on login, together with what waits in the account; None if both are empty.

    Of a variant in both carts the larger quantity stays, as far as it is in stock: nothing is ever lost or
    doubled by signing in twice.
    """
    guest = locks.lock_if_open(token)
    own = locks.lock_cart_of(customer_id)
    if guest is None or guest == own or guest.is_draft:
        return own
    if guest.customer_id not in (None, customer_id):
        return own
    if own is None:
        guest.customer_id = customer_id
        guest.save(update_fields=["customer"])
        return guest
    lines = {(line.variant_id, line.gift_key): line for line in CartLine.objects.filter(cart=own)}
    for line in CartLine.objects.filter(cart=guest):
        existing = lines.get((line.variant_id, line.gift_key))
        if existing is None:
            line.pk = None
            line.cart = own
            line.save(force_insert=True)
        elif line.quantity > existing.quantity:
            existing.quantity = line.quantity
            existing.save(update_fields=["quantity"])
    if guest.visit_id and guest.visit_id > (own.visit_id or 0):
        own.visit_id = guest.visit_id
        own.save(update_fields=["visit"])
    if guest.codes:
        own.codes = list(dict.fromkeys([*own.codes, *guest.codes]))[:MOST_IN_CART]
        own.save(update_fields=["codes"])
    guest.state = Cart.State.MERGED
    guest.save(update_fields=["state"])
    _touch(own)
    return change_market(token=own.token, market=market, language=language)
