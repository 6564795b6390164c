"""Orders that staff put together for somebody: a cart that only staff change, and a link to pay it.

The shopper pays through the same checkout as every other order, so that address, shipping, tax and payment are
asked for and computed in one place; what staff agreed are the goods and, where they wish, their prices.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import new_token
from duli.base.text import one_line, without_control
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import locks
from duli.commerce.checkout.events import DraftSent
from duli.commerce.checkout.models import Cart, CartLine, Draft
from duli.commerce.checkout.services.details import save_details
from duli.commerce.checkout.services.place import place_order
from duli.commerce.checkout.types import (
    MAXIMUM_LINES,
    MAXIMUM_QUANTITY,
    Details,
    DraftClosed,
    DraftEmpty,
    DraftUnreachable,
    InvalidQuantity,
    NotForSale,
    PlaceOrder,
    TooManyLines,
)
from duli.commerce.customers.types import Address
from duli.commerce.orders.models import Order
from duli.commerce.pricing.selectors import prices
from duli.platform.events.services import publish
from duli.platform.store.selectors import market_by_code
from duli.platform.store.types import MarketView

DEFAULT_DAYS = 7
MOST_DAYS = 90
MAXIMUM_PRICE = 10**12
SOURCE = "desk"


def _open(draft_id: int) -> tuple[Draft, Cart]:
    """Lock and return a draft that staff may still change, with its cart."""
    draft = Draft.objects.filter(pk=draft_id).select_related("cart").first()
    if draft is None:
        raise NotFound()
    cart = locks.lock_cart(draft.cart.token)
    if cart.state != Cart.State.OPEN:
        raise DraftClosed()
    return draft, cart


@transaction.atomic
def create_draft(*, market: MarketView, language: str, actor: str, days: int = DEFAULT_DAYS) -> Draft:
    """Begin a draft in a market; nothing is held, nobody is told."""
    instant = now()
    cart = Cart.objects.create(
        token=new_token(),
        market_code=market.code,
        language=language,
        currency=market.currency,
        source=SOURCE,
        is_draft=True,
        created_at=instant,
        updated_at=instant,
    )
    return Draft.objects.create(
        cart=cart, actor=actor, created_at=instant, expires_at=instant + timedelta(days=_days(days))
    )


def _days(days: int) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(field="days")
    return days


@transaction.atomic
def duplicate_order(*, order_id: int, actor: str) -> Draft:
    """Begin a draft with the goods, address and contact of an order, at today's prices.

    Goods that are not for sale any more are left out. NotFound.
    """
    order = Order.objects.prefetch_related("lines").filter(pk=order_id).first()
    market = market_by_code(order.market_code) if order else None
    if order is None or market is None:
        raise NotFound()
    draft = create_draft(market=market, language=order.language, actor=actor)
    for line in order.lines.all():
        if line.variant_id is not None:
            try:
                set_draft_line(draft_id=draft.pk, variant_id=line.variant_id, quantity=line.quantity)
            except NotForSale:
                continue
    save_draft(
        draft_id=draft.pk,
        details=Details(
            email=order.email,
            phone=order.phone,
            shipping_address=Address.from_json(order.shipping_address) if order.shipping_address else None,
        ),
        customer_name=order.customer_name,
    )
    return draft


@transaction.atomic
def set_draft_line(*, draft_id: int, variant_id: int, quantity: int, price_minor: int | None = None) -> CartLine | None:
    """Put units of a variant into the draft, or change them; 0 takes it out.

    `price_minor` is an agreed unit price in the draft's currency; None is the price of the day. NotFound,
    DraftClosed, InvalidQuantity, InvalidInput, NotForSale, TooManyLines.
    """
    _draft, cart = _open(draft_id)
    if not 0 <= quantity <= MAXIMUM_QUANTITY:
        raise InvalidQuantity(maximum=MAXIMUM_QUANTITY)
    if price_minor is not None and not 0 <= price_minor <= MAXIMUM_PRICE:
        raise InvalidInput(field="price")
    line = CartLine.objects.filter(cart=cart, variant_id=variant_id).first()
    cart.updated_at = now()
    cart.save(update_fields=["updated_at"])
    if quantity == 0:
        if line:
            line.delete()
        return None
    if line is None:
        if not Variant.objects.filter(pk=variant_id, is_active=True).exists():
            raise NotForSale()
        if CartLine.objects.filter(cart=cart).count() >= MAXIMUM_LINES:
            raise TooManyLines(maximum=MAXIMUM_LINES)
        line = CartLine(cart=cart, variant_id=variant_id)
    price = prices([variant_id], cart.currency, now()).get(variant_id)
    if price is None and price_minor is None:
        raise NotForSale()
    line.quantity = quantity
    line.price_minor = price_minor
    line.seen_price_minor = price_minor if price_minor is not None or price is None else price.price.minor  # type: ignore[assignment]
    line.save()
    return line


@transaction.atomic
def save_draft(
    *, draft_id: int, details: Details, customer_name: str = "", staff_note: str = "", days: int | None = None
) -> Draft:
    """Keep whom the draft is for; what is missing is asked for when it is paid. `days` from now it runs out.

    NotFound, DraftClosed, InvalidInput.
    """
    draft, cart = _open(draft_id)
    save_details(token=cart.token, details=details, draft=True)
    draft.customer_name = one_line(customer_name, 120)
    draft.staff_note = without_control(staff_note).strip()[:2000]
    if days is not None:
        draft.expires_at = now() + timedelta(days=_days(days))
    draft.save(update_fields=["customer_name", "staff_note", "expires_at"])
    return draft


@transaction.atomic
def send_draft(*, draft_id: int, actor: str) -> Draft:
    """Send the link to pay; again sends it again. NotFound, DraftClosed, DraftEmpty, DraftUnreachable."""
    draft, cart = _open(draft_id)
    if not CartLine.objects.filter(cart=cart).exists():
        raise DraftEmpty()
    if not cart.email:
        raise DraftUnreachable()
    draft.sent_at = now()
    draft.save(update_fields=["sent_at"])
    publish(DraftSent(draft.pk), reference=f"draft:{draft.pk}", actor=actor)
    return draft


@transaction.atomic
def place_draft(*, draft_id: int, method_code: str, actor: str) -> Order:
    """Turn the draft into an order that is paid another way (a transfer, on delivery), as agreed with the buyer.

    Address and contact are checked as in the checkout. NotFound, DraftClosed, and everything `place_order` raises.
    """
    _draft, cart = _open(draft_id)
    save_details(
        token=cart.token,
        details=Details(
            email=cart.email,
            phone=cart.phone,
            shipping_address=Address.from_json(cart.shipping_address) if cart.shipping_address else None,
            shipping_method_id=cart.shipping_method_id,
            payment_method_code=method_code,
            note=cart.note,
        ),
    )
    return place_order(request=PlaceOrder(cart_token=cart.token, shown_total=None, actor=actor))


@transaction.atomic
def withdraw_draft(*, draft_id: int) -> None:
    """Close a draft: its link opens nothing any more. NotFound, DraftClosed."""
    _, cart = _open(draft_id)
    cart.state = Cart.State.WITHDRAWN
    cart.save(update_fields=["state"])


def expire_drafts(*, limit: int = 200) -> int:
    """Close drafts whose time is over; return how many. One transaction each."""
    due = Draft.objects.filter(expires_at__lte=now(), order_id__isnull=True, cart__state=Cart.State.OPEN)
    count = 0
    for draft_id in list(due.order_by("expires_at").values_list("pk", flat=True)[:limit]):
        try:
            withdraw_draft(draft_id=draft_id)
        except DraftClosed:
            continue
        count += 1
    return count
