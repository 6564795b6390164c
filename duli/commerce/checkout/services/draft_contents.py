"""What is in a draft: goods, things beside the catalogue, discounts, and how it is sent."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart, CartLine, CustomLine, Draft
from duli.commerce.checkout.types import (
    MAXIMUM_LINES,
    MAXIMUM_QUANTITY,
    DraftClosed,
    InvalidQuantity,
    NotForSale,
    TooManyLines,
)
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.selectors import stock_needed
from duli.commerce.pricing.selectors import prices

MAXIMUM_PRICE = 10**12


def open_draft(draft_id: int) -> tuple[Draft, Cart]:
    """Lock and return a draft that staff may still change, with its cart."""
    token = Draft.objects.filter(pk=draft_id).values_list("cart__token", flat=True).first()
    if token is None:
        raise NotFound()
    cart = locks.lock_cart(token)
    # Read behind the lock: whoever held it before may have changed it.
    draft = Draft.objects.select_related("cart").filter(pk=draft_id).first()
    if draft is None:
        raise NotFound()
    if cart.state != Cart.State.OPEN:
        raise DraftClosed()
    return draft, cart


def _touched(draft: Draft, cart: Cart, actor: str) -> None:
    """Note that a draft changed; what it holds of stock follows its lines. InsufficientStock."""
    cart.updated_at = now()
    cart.save(update_fields=["updated_at"])
    hold_stock(draft, cart, actor)


def hold_stock(draft: Draft, cart: Cart, actor: str) -> None:
    """Let stock hold what the draft contains, if it is to be held, and nothing else. InsufficientStock."""
    inventory.release(reference=draft.reference, actor=actor)
    if draft.reserves_stock and cart.state == Cart.State.OPEN:
        rows = CartLine.objects.filter(cart=cart).values_list("variant_id", "quantity")
        requests = stock_needed(rows)
        if requests:
            inventory.reserve(requests=requests, reference=draft.reference, expires_at=draft.expires_at, actor=actor)


@transaction.atomic
def set_draft_line(
    *,
    draft_id: int,
    variant_id: int,
    quantity: int,
    price_minor: int | None = None,
    discount_minor: int = 0,
    actor: str = "system",
) -> CartLine | None:
    """Put units of a variant into the draft, or change them; 0 takes it out.

    `price_minor` is an agreed unit price in the draft's currency (None: the price of the day), `discount_minor` comes
    off the whole line. NotFound, DraftClosed, InvalidQuantity, InvalidInput, NotForSale, TooManyLines, and, where the
    draft holds its stock, InsufficientStock.
    """
    draft, cart = open_draft(draft_id)
    if not 0 <= quantity <= MAXIMUM_QUANTITY:
        raise InvalidQuantity(maximum=MAXIMUM_QUANTITY)
    if price_minor is not None and not 0 <= price_minor <= MAXIMUM_PRICE:
        raise InvalidInput(field="price")
    line = CartLine.objects.filter(cart=cart, variant_id=variant_id).first()
    if quantity == 0:
        if line:
            line.delete()
        _touched(draft, cart, actor)
        return None
    if line is None:
        if not Variant.objects.filter(pk=variant_id, is_active=True).exists():
            raise NotForSale()
        _check_room(cart)
        line = CartLine(cart=cart, variant_id=variant_id)
    price = prices([variant_id], cart.currency, now()).get(variant_id)
    if price is None and price_minor is None:
        raise NotForSale()
    line.quantity = quantity
    line.price_minor = price_minor
    line.seen_price_minor = price_minor if price_minor is not None or price is None else price.price.minor  # type: ignore[assignment]
    if not 0 <= discount_minor <= line.seen_price_minor * quantity:
        raise InvalidInput(field="discount")
    if discount_minor and Variant.objects.filter(pk=variant_id, product__is_gift_card=True).exists():
        raise InvalidInput(field="discount")
    line.discount_minor = discount_minor
    line.save()
    _touched(draft, cart, actor)
    return line


def _check_room(cart: Cart) -> None:
    lines = CartLine.objects.filter(cart=cart).count() + CustomLine.objects.filter(cart=cart).count()
    if lines >= MAXIMUM_LINES:
        raise TooManyLines(maximum=MAXIMUM_LINES)


@transaction.atomic
def save_custom_line(
    *,
    draft_id: int,
    title: str,
    quantity: int,
    price_minor: int,
    line_id: int | None = None,
    discount_minor: int = 0,
    is_taxed: bool = True,
    requires_shipping: bool = False,
) -> CustomLine | None:
    """Put something that is not in the catalogue into the draft, or change it; 0 units take it out.

    Amounts in minor units of the draft's currency, in the tax mode of its market. NotFound, DraftClosed, InvalidInput,
    InvalidQuantity, TooManyLines.
    """
    draft, cart = open_draft(draft_id)
    line = CustomLine.objects.filter(cart=cart, pk=line_id).first() if line_id else CustomLine(cart=cart)
    if line is None:
        raise NotFound()
    if not 0 <= quantity <= MAXIMUM_QUANTITY or (not quantity and not line_id):
        raise InvalidQuantity(maximum=MAXIMUM_QUANTITY)
    if not quantity:
        line.delete()
        _touched(draft, cart, "system")
        return None
    words = one_line(title, 255)
    if not words:
        raise InvalidInput(field="title")
    if not 0 <= price_minor <= MAXIMUM_PRICE:
        raise InvalidInput(field="price")
    if not 0 <= discount_minor <= price_minor * quantity:
        raise InvalidInput(field="discount")
    if line.pk is None:
        _check_room(cart)
    line.title, line.quantity, line.price_minor, line.discount_minor = words, quantity, price_minor, discount_minor
    line.is_taxed, line.requires_shipping = is_taxed, requires_shipping
    line.save()
    _touched(draft, cart, "system")
    return line


@transaction.atomic
def discount_draft(*, draft_id: int, amount_minor: int = 0, percent: Decimal = Decimal(0), reason: str = "") -> Draft:
    """Take a sum, or a percent, off all lines together, for a reason that the buyer reads; nothing takes it back.

    NotFound, DraftClosed, InvalidInput (both, out of range, or no reason).
    """
    draft, _cart = open_draft(draft_id)
    if amount_minor and percent:
        raise InvalidInput(field="percent")
    if not 0 <= amount_minor <= MAXIMUM_PRICE:
        raise InvalidInput(field="amount")
    if not 0 <= percent <= 100:
        raise InvalidInput(field="percent")
    words = one_line(reason, 120)
    if (amount_minor or percent) and not words:
        raise InvalidInput(field="reason")
    draft.discount_minor, draft.discount_percent = amount_minor, percent
    draft.discount_reason = words if amount_minor or percent else ""
    draft.save(update_fields=["discount_minor", "discount_percent", "discount_reason"])
    return draft


@transaction.atomic
def ship_draft(*, draft_id: int, method_id: int | None = None, price_minor: int | None = None, name: str = "") -> Draft:
    """Choose how the draft is sent: one of the shop's methods, or an agreed price under a name of one's own.

    With neither the buyer chooses. NotFound, DraftClosed, InvalidInput.
    """
    draft, cart = open_draft(draft_id)
    if price_minor is not None and not 0 <= price_minor <= MAXIMUM_PRICE:
        raise InvalidInput(field="price")
    draft.shipping_minor = price_minor
    draft.shipping_name = one_line(name, 120) if price_minor is not None else ""
    draft.save(update_fields=["shipping_minor", "shipping_name"])
    cart.shipping_method_id = method_id if price_minor is None else None
    cart.save(update_fields=["shipping_method_id"])
    return draft
