"""Referrers and orders that come by them, for tests."""

from __future__ import annotations

from typing import Any

from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.customers.services import customer_for_guest
from duli.commerce.customers.types import Address
from duli.commerce.orders.models import Order
from duli.commerce.payments import services as payments
from duli.commerce.referrals import services
from duli.commerce.referrals.models import PayoutBatch, Referral, Referrer
from duli.commerce.referrals.states import Kind, ReferrerState
from duli.commerce.referrals.types import ProgramDraft
from duli.platform.store.changes import look_now
from tests import factories

OTHER_PLACE = Address(
    country="CN",
    name="周舟",
    phone="13900000001",
    region="浙江省",
    city="杭州市",
    district="西湖区",
    line1="龙井路 8 号",
)


def program(**values: Any) -> None:
    rules = {"friends_on": True, "reward_minor": 2000, "partners_on": True, "takes_applications": True}
    services.save_program(draft=ProgramDraft(**{**rules, **values}), actor=factories.ACTOR)
    look_now()


def customer(email: str = "anna@example.com") -> int:
    return customer_for_guest(name="Anna", email=email, phone="", language="en").pk


def partner(email: str = "partner@example.com", points: int | None = None) -> Referrer:
    return services.save_referrer(
        customer_id=customer(email), kind=Kind.PARTNER, state=ReferrerState.ACTIVE, points=points, actor=factories.ACTOR
    )


def order_by(code: str, *, email: str = "friend@example.com", price: int = 10000, **values: Any) -> Order:
    """An order of one thing by somebody who followed this link."""
    thing = values.pop("thing", None) or factories.variant_of(factories.product(price=price, stock=50))
    cart = factories.cart(thing, quantity=values.pop("quantity", 1))
    visit = services.follow(code=code, device=values.pop("device", ""))
    checkout.note_visit(token=cart.token, visit_id=visit.pk)
    checkout.save_details(
        token=cart.token,
        details=Details(
            email=email,
            shipping_address=values.pop("address", OTHER_PLACE),
            payment_method_code="bank_transfer",
        ),
    )
    return checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))


def pay(order: Order) -> Referral | None:
    payments.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=Money(order.total_minor, order.currency),
        actor=factories.ACTOR,
        idempotency_key=f"paid-{order.pk}",
    )
    factories.drain()
    return Referral.objects.filter(order=order).first()


def brought_and_paid() -> tuple[Referral, PayoutBatch]:
    """An order that a partner brought and that waits, and a batch that paid for another one."""
    program(approves_itself=True, wait_days=0)
    mine = partner()
    paid, waiting = order_by(mine.code), order_by(mine.code, email="other@example.com")
    pay(paid)
    services.settle_due()
    return Referral.objects.get(order=waiting), services.pay_out(currency=paid.currency, actor=factories.ACTOR)
