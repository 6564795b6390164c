"""What looks odd about an order that was referred. Reads only; people decide."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from duli.base.clock import now
from duli.commerce.customers.models import Customer, CustomerAddress
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.payments.models import PaymentAttempt
from duli.commerce.referrals.models import Program, Referral, Referrer, Visit
from duli.commerce.referrals.states import Kind
from duli.platform.store.lasting import lasting_secret

MOST_READ = 200


def device_key(*, user_agent: str, network: str) -> str:
    """Return a keyed hash of a browser and its network: it names nobody and tells browsers apart for some weeks."""
    if not user_agent and not network:
        return ""
    secret = hashlib.sha256(f"referrals:{lasting_secret()}".encode()).digest()
    return hmac.new(secret, f"{network}\n{user_agent[:300]}".encode(), hashlib.sha256).hexdigest()[:32]


def _place(address: Mapping[str, Any] | None) -> str:
    """Return the street and place of an address as it is compared; "" where it says too little."""
    if not address or not address.get("line1"):
        return ""
    text = "".join(str(address.get(part) or "") for part in ("country", "postal_code", "city", "district", "line1"))
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).lower() if sign.isalnum())


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit()).removeprefix("86")


def found_at_order(order: Order, referrer: Referrer, visit: Visit, program: Program) -> list[str]:
    """Return what looks odd when an order is placed, as codes of `states.CHECKS` (six queries at most)."""
    own = list(
        Customer.objects.filter(pk=referrer.customer_id) | Customer.objects.filter(merged_into=referrer.customer_id)
    )
    ids = [row.pk for row in own]
    found = []
    if order.customer_id in ids:
        found.append("same_customer")
    if order.email and order.email.lower() in {row.email.lower() for row in own}:
        found.append("same_email")
    if _digits(order.phone) and _digits(order.phone) in {_digits(row.phone) for row in own}:
        found.append("same_phone")
    place = _place(order.shipping_address)
    if place:
        kept = [*CustomerAddress.objects.filter(customer_id__in=ids).values_list("data", flat=True)[:MOST_READ]]
        sent = Order.objects.filter(customer_id__in=ids).exclude(pk=order.pk).order_by("-pk")
        kept += sent.values_list("shipping_address", flat=True)[:MOST_READ]
        if place in {_place(address) for address in kept}:
            found.append("same_address")
    if visit.device and visit.device == referrer.device:
        found.append("same_device")
    if referrer.kind == Kind.FRIEND and ordered_before(order):
        found.append("not_first")
    today = Referral.objects.filter(referrer=referrer, created_at__gt=now() - timedelta(days=1)).count()
    if today >= program.most_a_day:
        found.append("too_many")
    return found


def ordered_before(order: Order) -> bool:
    """Say whether the buyer has an older order that was not cancelled."""
    others = Order.objects.filter(pk__lt=order.pk).exclude(status=OrderStatus.CANCELLED)
    same = others.filter(customer_id=order.customer_id) if order.customer_id else others.none()
    if order.email:
        same |= others.filter(email=order.email)
    if order.phone:
        same |= others.filter(phone=order.phone)
    return same.exists()


def same_card(order: Order, referrer: Referrer) -> bool:
    """Say whether the order was paid with a card that the referrer has paid with, where the provider tells."""
    keys = PaymentAttempt.objects.filter(collection_id=order.payment_collection_id).exclude(card_key="")
    mine = Order.objects.filter(customer_id=referrer.customer_id, payment_collection__isnull=False).exclude(pk=order.pk)
    collections = mine.order_by("-pk").values_list("payment_collection_id", flat=True)[:MOST_READ]
    return PaymentAttempt.objects.filter(
        collection_id__in=list(collections), card_key__in=list(keys.values_list("card_key", flat=True))
    ).exists()
