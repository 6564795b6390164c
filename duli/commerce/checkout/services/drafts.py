"""Orders that staff put together for somebody: a cart that only staff change, and a link to pay it.

The shopper pays through the same checkout as every other order, so that address, shipping, tax and payment are
asked for and computed in one place; what staff agreed are the goods and, where they wish, their prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import new_token
from duli.base.text import one_line, without_control
from duli.commerce.checkout.events import DraftSent
from duli.commerce.checkout.models import Cart, CartLine, CustomLine, Draft
from duli.commerce.checkout.services.details import save_details
from duli.commerce.checkout.services.draft_contents import (
    hold_stock,
    open_draft,
    save_custom_line,
    set_draft_line,
)
from duli.commerce.checkout.services.place import place_order
from duli.commerce.checkout.types import (
    Details,
    DraftClosed,
    DraftEmpty,
    DraftUnreachable,
    NotForSale,
    PlaceOrder,
)
from duli.commerce.customers.selectors import addresses_of, customer_by_id
from duli.commerce.customers.types import Address
from duli.commerce.inventory import services as inventory
from duli.commerce.orders.models import Order
from duli.commerce.orders.services.desk import LONGEST_TAG, MOST_TAGS
from duli.platform.events.services import publish
from duli.platform.store.seen import Seen, compare
from duli.platform.store.selectors import market_by_code
from duli.platform.store.types import MarketView

DEFAULT_DAYS = 7
MOST_DAYS = 90
SOURCE = "desk"


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

    Goods that are not for sale any more are left out; what was not in the catalogue keeps its price. NotFound.
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
        elif not line.product_id:
            save_custom_line(
                draft_id=draft.pk,
                title=line.title,
                quantity=line.quantity,
                price_minor=line.unit_price_minor,
                is_taxed=bool(line.tax_rate),
                requires_shipping=line.requires_shipping,
            )
    save_draft(
        draft_id=draft.pk,
        details=Details(
            email=order.email,
            phone=order.phone,
            shipping_address=Address.from_json(order.shipping_address) if order.shipping_address else None,
        ),
        customer_name=order.customer_name,
        tags=order.tags,
    )
    Draft.objects.filter(pk=draft.pk).update(customer_id=order.customer_id)
    return draft


@transaction.atomic
def duplicate_draft(*, draft_id: int, actor: str) -> Draft:
    """Begin a new draft with everything that another one holds, whatever became of that; nothing is held. NotFound."""
    former = Draft.objects.select_related("cart").filter(pk=draft_id).first()
    market = market_by_code(former.cart.market_code) if former else None
    if former is None or market is None:
        raise NotFound()
    draft = create_draft(market=market, language=former.cart.language, actor=actor)
    for name in ("email", "phone", "shipping_address", "billing_address", "shipping_method_id", "note"):
        setattr(draft.cart, name, getattr(former.cart, name))
    draft.cart.save()
    for name in (
        "customer_name", "customer_id", "staff_note", "discount_minor", "discount_percent", "discount_reason",
        "shipping_minor", "shipping_name", "tags",
    ):  # fmt: skip
        setattr(draft, name, getattr(former, name))
    draft.save()
    goods, others = list(former.cart.lines.all()), list(former.cart.custom_lines.all())
    for line in goods:
        line.pk, line.cart = None, draft.cart
    for custom in others:
        custom.pk, custom.cart = None, draft.cart
    CartLine.objects.bulk_create(goods)
    CustomLine.objects.bulk_create(others)
    return draft


@transaction.atomic
def save_draft(
    *,
    draft_id: int,
    details: Details,
    customer_name: str = "",
    staff_note: str = "",
    days: int | None = None,
    tags: Sequence[str] | None = None,
    language: str = "",
    reserves_stock: bool | None = None,
    actor: str = "system",
    seen: Seen | None = None,
) -> Draft:
    """Keep whom the draft is for; what is missing is asked for when it is paid. `days` from now it runs out.

    With `reserves_stock` its units are held until then. NotFound, DraftClosed, InvalidInput, InsufficientStock.
    """
    draft, cart = open_draft(draft_id)
    compare(seen)
    words = list(dict.fromkeys(filter(None, (one_line(word) for word in tags or ()))))
    if len(words) > MOST_TAGS or any(len(word) > LONGEST_TAG for word in words):
        raise InvalidInput(field="tags")
    if language and language not in {code for code, _name in settings.LANGUAGES}:
        raise InvalidInput(field="language")
    cart = save_details(token=cart.token, details=details, draft=True)
    if language and language != cart.language:
        cart.language = language
        cart.save(update_fields=["language"])
    draft.customer_name = one_line(customer_name, 120)
    draft.staff_note = without_control(staff_note).strip()[:2000]
    if days is not None:
        draft.expires_at = now() + timedelta(days=_days(days))
    if tags is not None:
        draft.tags = words
    changes_hold = days is not None and draft.reserves_stock
    if reserves_stock is not None and reserves_stock != draft.reserves_stock:
        draft.reserves_stock, changes_hold = reserves_stock, True
    draft.save(update_fields=["customer_name", "staff_note", "expires_at", "tags", "reserves_stock"])
    if changes_hold:
        hold_stock(draft, cart, actor)
    return draft


@transaction.atomic
def choose_customer(*, draft_id: int, customer_id: int | None) -> Draft:
    """Make the draft for a customer that is known: contact, language of the shop and the usual address come along.

    None lets the order find its customer by the address again. NotFound, DraftClosed.
    """
    draft, cart = open_draft(draft_id)
    if customer_id is None:
        draft.customer = None
        draft.save(update_fields=["customer"])
        return draft
    customer = customer_by_id(customer_id)
    draft.customer = customer
    draft.customer_name = customer.name[:120]
    draft.save(update_fields=["customer", "customer_name"])
    cart.email, cart.phone = customer.email, customer.phone
    usual = next(iter(addresses_of(customer.pk)), None)
    cart.shipping_address = dict(usual.data) if usual else None
    cart.save(update_fields=["email", "phone", "shipping_address"])
    return draft


@transaction.atomic
def send_draft(*, draft_id: int, actor: str) -> Draft:
    """Send the link to pay; again sends it again. NotFound, DraftClosed, DraftEmpty, DraftUnreachable."""
    draft, cart = open_draft(draft_id)
    if not CartLine.objects.filter(cart=cart).exists() and not CustomLine.objects.filter(cart=cart).exists():
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
    _draft, cart = open_draft(draft_id)
    save_details(
        token=cart.token,
        details=Details(
            email=cart.email,
            phone=cart.phone,
            shipping_address=Address.from_json(cart.shipping_address) if cart.shipping_address else None,
            billing_address=Address.from_json(cart.billing_address) if cart.billing_address else None,
            shipping_method_id=cart.shipping_method_id,
            payment_method_code=method_code,
            note=cart.note,
            vat_id=cart.vat_id,
        ),
    )
    return place_order(request=PlaceOrder(cart_token=cart.token, shown_total=None, actor=actor))


@transaction.atomic
def withdraw_draft(*, draft_id: int) -> None:
    """Close a draft: its link opens nothing any more. NotFound, DraftClosed."""
    draft, cart = open_draft(draft_id)
    cart.state = Cart.State.WITHDRAWN
    cart.save(update_fields=["state"])
    inventory.release(reference=draft.reference, actor="system")


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
