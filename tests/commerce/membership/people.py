"""Members to test with."""

from __future__ import annotations

from itertools import count
from typing import Any

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import customer_for_user
from duli.commerce.membership import services
from duli.commerce.membership.models import Tier
from duli.commerce.membership.rules import ProgramRules
from duli.commerce.membership.types import TierDraft
from duli.commerce.orders.models import Order
from duli.commerce.payments import services as payments
from duli.platform.accounts.models import User
from duli.platform.store.changes import reset_caches
from tests import factories

_numbers = count(1)


def rules(**values: Any) -> ProgramRules:
    """Points at once, one for a yuan, a hundred worth a yuan; whatever is named is otherwise."""
    wanted = {"has_points": True, "has_tiers": True, "ready_days": 0, "most_percent": 100, **values}
    found = ProgramRules(**wanted)
    services.save_program(rules=found, actor=factories.ACTOR)
    reset_caches()
    return found


def tier(name: str, threshold: int, **values: Any) -> Tier:
    row = services.save_tier(draft=TierDraft(name=name, threshold=threshold, **values), actor=factories.ACTOR)
    reset_caches()
    return row


def member(points: int = 0) -> Customer:
    number = next(_numbers)
    user = User.objects.create_user(email=f"member{number}@example.com", password="x")
    found = customer_for_user(user_id=user.pk, name="林晓", email=user.email or "", phone="", language="zh-hans")
    if points:
        give(found, points)
    return found


def give(customer: Customer, points: int, key: str = "") -> None:
    services.adjust_points(
        customer_id=customer.pk,
        points=points,
        note="test",
        actor=factories.ACTOR,
        idempotency_key=key or f"{next(_numbers)}",
    )


def cart(customer: Customer, *variants: Variant, quantity: int = 1, points: int = 0, market_code: str = "cn") -> Cart:
    found = factories.ready_cart(*variants, quantity=quantity, market_code=market_code)
    Cart.objects.filter(pk=found.pk).update(customer=customer)
    return checkout.use_points(token=found.token, points=points)


def place(customer: Customer, filled: Cart) -> Order:
    return checkout.place_order(
        request=PlaceOrder(filled.token, None, f"user:{customer.user_id}", user_id=customer.user_id)
    )


def pay(order: Order) -> Order:
    payments.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=Money(order.total_minor, order.currency),
        actor=factories.ACTOR,
        idempotency_key=f"pay:{order.pk}:{now().isoformat()}",
    )
    factories.drain()
    order.refresh_from_db()
    return order


def buy(customer: Customer, *variants: Variant, quantity: int = 1, points: int = 0, market_code: str = "cn") -> Order:
    """A paid order of a member."""
    chosen = variants or (factories.variant_of(factories.product(price=10000)),)
    return pay(place(customer, cart(customer, *chosen, quantity=quantity, points=points, market_code=market_code)))
