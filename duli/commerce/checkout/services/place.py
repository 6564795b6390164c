"""The moment a cart becomes an order."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import override

from duli.base.clock import now
from duli.base.money import Money, total
from duli.commerce.checkout import locks, snapshot
from duli.commerce.checkout.models import Cart, Draft
from duli.commerce.checkout.offers import buyer_keys
from duli.commerce.checkout.paying import credit_offer, ways_to_pay
from duli.commerce.checkout.points import points_in, points_worth
from duli.commerce.checkout.services.details import FILLED, fill
from duli.commerce.checkout.taxing import DUTY, duty_title
from duli.commerce.checkout.types import (
    CartEmpty,
    CartLineView,
    CartNotFound,
    InvalidDetails,
    LineUnavailable,
    PaymentMethodUnavailable,
    PickupUnavailable,
    PlaceOrder,
    PriceChanged,
)
from duli.commerce.customers.services import customer_for_guest, customer_for_user, customer_now
from duli.commerce.customers.types import Address
from duli.commerce.flash_sales import services as flash_sales
from duli.commerce.flash_sales.selectors import running
from duli.commerce.flash_sales.types import FlashLimitReached, NotYourTurn
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.selectors import held_only_at, locations_with, pickup_places, promise_words
from duli.commerce.inventory.types import InsufficientStock, PickupPlace
from duli.commerce.membership import services as membership
from duli.commerce.membership.types import NotEnoughPoints
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import LineDraft, OrderDraft
from duli.commerce.payments import services as payments
from duli.commerce.payments.gift_cards import GIFT_CARD, GiftCardSpent, uses
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.selectors import hold_for
from duli.commerce.payments.store_credit import STORE_CREDIT, CreditSpent
from duli.commerce.payments.types import MethodView
from duli.commerce.pricing.types import Quote
from duli.commerce.promotions import services as promotions
from duli.commerce.referrals import services as referrals
from duli.commerce.shipping.selectors import is_pickup
from duli.commerce.shipping.types import GoodsRestricted, NoShippingMethod, Rate, ShippingMethodUnavailable
from duli.platform.store.prepared import update
from duli.platform.store.selectors import current_store

HOLD_GRACE = timedelta(hours=1)
FIRST_TRY = "first"
"""The key of an order's first try to be paid."""


def place_order(*, request: PlaceOrder) -> Order:
    """Turn the cart into an order in one transaction, or change nothing at all.

    The cart is locked, everything is quoted again and compared with the total that was shown; order, payment
    collection and the holds on stock are written together, stock last. A cart that has already become an order
    returns that order: a double click, a retried request and the back button all end at the same one. With
    `details` what the shopper filled in is checked and kept by the same transaction, as `save_details` would.

    Raises CartNotFound, CartEmpty, InvalidDetails, LineUnavailable, InsufficientStock, NoShippingMethod,
    ShippingMethodUnavailable, PaymentMethodUnavailable, PriceChanged, GiftCardSpent, CreditSpent, CodeExhausted,
    NotEnoughPoints; of what a flash sale sells now, NotYourTurn, FlashLimitReached, FlashSoldOut.
    """
    with transaction.atomic():
        cart = locks.lock_cart(request.cart_token)
        if cart.state == Cart.State.ORDERED:
            return Order.objects.get(idempotency_key=_key(cart))
        if cart.state != Cart.State.OPEN:
            raise CartNotFound()
        if request.details is not None:
            fill(cart, request.details)
        with override(cart.language):
            return _place(cart, request)


def _key(cart: Cart) -> str:
    return f"cart:{cart.pk}"


def _place(cart: Cart, request: PlaceOrder) -> Order:
    instant = now()
    market = snapshot.market_of(cart)
    lines = snapshot.read_lines(cart, instant)
    _check_lines(lines)
    if not cart.email and not cart.phone:
        raise InvalidDetails({"contact": "required"})
    rate = _rate(cart, lines)
    place = _place_of_pickup(cart, lines, rate)
    quoted = snapshot.quote_cart(cart, lines, rate, market, instant)
    _check_total(quoted, request.shown_total, cart.language)
    coverable = snapshot.coverable(lines, quoted)
    paying = uses(cart.gift_card_ids, coverable)
    offer = credit_offer(cart, coverable, paying) if cart.uses_credit else None
    credit = offer.amount if offer is not None else Money.zero(cart.currency)
    due = quoted.total - total((use.amount for use in paying), cart.currency) - credit
    if request.shown_due is not None and request.shown_due != due:
        raise CreditSpent() if cart.uses_credit else GiftCardSpent()
    own_money = GIFT_CARD if paying else STORE_CREDIT if credit else ""
    method = _method(cart, due, needs_shipping=rate is not None)
    address = Address.from_json(cart.shipping_address) if cart.shipping_address else None
    name = address.name if address else ""
    contact = {"name": name, "email": cart.email, "phone": cart.phone, "language": cart.language}
    draft = snapshot.draft_of(cart)
    chosen = customer_now(customer_id=draft.customer_id) if draft is not None and draft.customer_id else None
    if chosen is not None:
        customer_id = chosen.pk
    elif request.user_id:
        customer_id = customer_for_user(user_id=request.user_id, **contact).pk
    else:
        customer_id = customer_for_guest(**contact).pk
    expires_at = _expires_at(method, instant, [] if draft is not None else [line.variant_id for line in lines])
    opened: list[PaymentCollection] = []

    def collect(order: Order) -> int:
        opened.append(
            payments.open_collection(
                reference=order.reference,
                label=order.number or "",
                amount=quoted.total,
                method_code=method.code if method else own_money or GIFT_CARD,
                return_url=f"/orders/{order.token}",
                language=cart.language,
            )
        )
        return opened[0].pk

    order = orders.create(
        draft=OrderDraft(
            idempotency_key=_key(cart),
            quote=quoted,
            lines=[*(_draft(line, cart.language) for line in lines), *_duty(quoted)],
            customer_id=customer_id,
            customer_name=name or (draft.customer_name if draft else ""),
            email=cart.email,
            phone=cart.phone,
            language=cart.language,
            market_code=cart.market_code,
            shipping_address=address,
            billing_address=Address.from_json(cart.billing_address) if cart.billing_address else address,
            shipping_method_code=rate.code if rate else "",
            shipping_method_name=rate.name if rate else "",
            payment_method_code=method.code if method else own_money,
            note=cart.note,
            source=cart.source or "storefront",
            actor=request.actor,
            expires_at=expires_at,
            tags=tuple(draft.tags) if draft else (),
            pickup_location_id=place.id if place else None,
            arrives=(promise.first, promise.last)
            if (promise := snapshot.estimate_of(cart, rate, lines, instant))
            else None,
        ),
        collect=collect if method or own_money else None,
    )
    if cart.visit_id:
        referrals.attribute(order=order, visit_id=cart.visit_id)
    for collection in opened:
        if paying:
            payments.pay_with_gift_cards(collection=collection, planned=paying, actor=request.actor)
        if credit:
            # As points, it is the account's own.
            if cart.customer_id != customer_id or not request.user_id:
                raise CreditSpent()
            payments.pay_with_credit(collection=collection, customer_id=customer_id, amount=credit, actor=request.actor)
        if method and method.kind in {"offline", "on_delivery"}:
            # No provider is asked: what the shopper has to do is known at once.
            payments.begin_by_hand(collection=collection, idempotency_key=FIRST_TRY)
    spent = points_in(quoted)
    if spent:
        # They are the account's own: a cart that came into other hands spends nobody's points.
        if cart.customer_id != customer_id or not request.user_id:
            raise NotEnoughPoints(points=0)
        membership.spend(
            order=order, customer_id=customer_id, points=spent, amount=points_worth(quoted), actor=request.actor
        )
    promotions.use(
        outcomes=quoted.outcomes,
        reference=order.reference,
        customer_id=customer_id,
        buyer_keys=buyer_keys(cart),
        total=quoted.total,
    )
    cart.state = Cart.State.ORDERED
    cart.updated_at = instant
    update(cart, "state", "updated_at", *(FILLED if request.details is not None else ()))
    if draft is not None:
        Draft.objects.filter(pk=draft.pk).update(order_id=order.pk)
        # What was held for the draft is taken by its order in the same breath.
        inventory.release(reference=draft.reference, actor=request.actor)
    # The order's own clock ends the hold first; this one is the net below it.
    held_until = expires_at + HOLD_GRACE if expires_at else None
    from_sales: frozenset[int] = frozenset()
    if draft is None:
        from_sales = flash_sales.claim(
            wanted=_units(lines),
            reference=order.reference,
            buyer_keys=buyer_keys(cart),
            cart_token=cart.token,
            expires_at=held_until,
            at=instant,
            actor=request.actor,
        )
        if place is not None and from_sales and not held_only_at(order.reference, place.id):
            raise PickupUnavailable(place=place.name)
    inventory.reserve(
        requests=snapshot.stock_requests([line for line in lines if line.variant_id not in from_sales]),
        location_id=place.id if place else None,
        reference=order.reference,
        expires_at=held_until,
        actor=request.actor,
    )
    if not method:
        orders.settle(order_id=order.pk, actor=request.actor)
    return order


def _check_lines(lines: list[CartLineView]) -> None:
    if not lines:
        raise CartEmpty()
    for line in lines:
        if line.problem in {"sold_out", "too_many"}:
            raise InsufficientStock(variant_id=line.variant_id, available=line.available or 0)
        if line.problem == "flash_wait":
            raise NotYourTurn()
        if line.problem in {"flash_had", "flash_limit"}:
            entry = running([line.variant_id]).get(line.variant_id)
            raise FlashLimitReached(limit=entry.limit if entry else line.available)
        if line.problem:
            raise LineUnavailable(title=line.title)


def _rate(cart: Cart, lines: list[CartLineView]) -> Rate | None:
    if not any(line.requires_shipping for line in lines):
        return None
    if not cart.shipping_address:
        raise InvalidDetails({"country": "required"})
    available = snapshot.rates_for(cart, lines, snapshot.market_of(cart))
    if not is_pickup(cart.shipping_method_id):
        whole = [entry.title for entry in snapshot.restricted_goods(cart, lines) if not entry.methods]
        if whole:
            raise GoodsRestricted(goods=", ".join(f"“{title}”" for title in dict.fromkeys(whole)))
    if not available:
        raise NoShippingMethod()
    rate = snapshot.chosen_rate(cart, available)
    if cart.shipping_method_id and rate and rate.method_id != cart.shipping_method_id:
        raise ShippingMethodUnavailable()
    return rate


def _place_of_pickup(cart: Cart, lines: list[CartLineView], rate: Rate | None) -> PickupPlace | None:
    """Return where it is fetched, None where it is sent; all of it must lie there."""
    if rate is None or not rate.is_pickup:
        return None
    country = (cart.shipping_address or {}).get("country", "")
    place = next((entry for entry in pickup_places(country) if entry.id == cart.pickup_location_id), None)
    if place is None:
        raise InvalidDetails({"pickup_place": "required"})
    if not locations_with(snapshot.stock_requests(lines), [place.id]):
        raise PickupUnavailable(place=place.name)
    return place


def _check_total(quoted: Quote, shown: Money | None, language: str) -> None:
    if shown is not None and shown != quoted.total:
        raise PriceChanged(before=shown.format(language), after=quoted.total.format(language))


def _method(cart: Cart, due: Money, *, needs_shipping: bool) -> MethodView | None:
    """Return the chosen payment method; None if nothing is left to pay beside gift cards and store credit."""
    if not due:
        return None
    country = (cart.shipping_address or {}).get("country", "")
    offered = ways_to_pay(cart, due, country=country, needs_shipping=needs_shipping)
    for method in offered:
        if method.code == cart.payment_method_code:
            return method
    raise PaymentMethodUnavailable()


def _units(lines: list[CartLineView]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        if line.variant_id:
            units[line.variant_id] = units.get(line.variant_id, 0) + line.quantity
    return units


def _expires_at(method: MethodView | None, instant: datetime, variant_ids: list[int]) -> datetime | None:
    """Return until when the order may stay unpaid: the order's own clock also ends the holds on its stock.

    A flash sale may ask for its goods to be paid sooner.
    """
    if method is None or method.settles_on_delivery:
        return None
    sooner = [
        timedelta(minutes=entry.pay_minutes) for entry in running(variant_ids, instant).values() if entry.pay_minutes
    ]
    hold: timedelta | None = timedelta(minutes=current_store().hold_minutes)
    if method.kind == "offline":
        hold = hold_for(method.code)
    times = [*sooner, *([hold] if hold else [])]
    return instant + min(times) if times else None


def _backorder(line: CartLineView, language: str) -> dict[str, Any]:
    """Return what the buyer was told of units that are sold ahead; nothing where all are there."""
    if not line.later_units or line.promise is None:
        return {}
    return line.promise.to_json(line.later_units, promise_words(line.promise, language))


def _duty(quoted: Quote) -> list[LineDraft]:
    """Return what the order calls the duty that the shop pays, if it charges one."""
    duty = quoted.treatment.duty if quoted.treatment else None
    if duty is None or not duty.is_charged:
        return []
    return [
        LineDraft(
            key=DUTY,
            product_id=0,
            product_handle="",
            title=duty_title(duty),
            variant_title="",
            sku="",
            image=None,
            requires_shipping=False,
            weight_grams=0,
        )
    ]


def _draft(line: CartLineView, language: str) -> LineDraft:
    return LineDraft(
        key=str(line.id),
        product_id=line.product_id,
        product_handle=line.product_handle,
        title=line.title,
        variant_title=line.variant_title,
        sku=line.sku,
        image=asdict(line.image) if line.image else None,
        requires_shipping=line.requires_shipping,
        weight_grams=line.weight_grams,
        parts=line.parts,
        backorder=_backorder(line, language),
        is_gift_card=line.is_gift_card,
        gift=line.gift.to_json() if line.gift else {},
    )
