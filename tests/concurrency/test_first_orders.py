"""What is for a first order: many carts of one newcomer at once, and one of them is it."""

from __future__ import annotations

import pytest

from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel
from duli.commerce.promotions import models, services
from duli.commerce.promotions.types import PromotionDraft
from duli.commerce.referrals import services as referrals
from duli.commerce.referrals.models import Referral
from tests import factories
from tests.commerce.referrals.referring import OTHER_PLACE, customer, pay, program
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def carts_of_a_newcomer(code: str = "") -> list[str]:
    """Return carts in many windows, with the same address typed and different codes of two newcomers' discounts."""
    thing = factories.variant_of(factories.product(price=10000, stock=None))
    tokens = []
    for number in range(HANDS):
        cart = factories.cart(thing)
        details = Details(email="new@example.com", shipping_address=OTHER_PLACE, payment_method_code="bank_transfer")
        checkout.save_details(token=cart.token, details=details)
        checkout.apply_code(token=cart.token, code=code or f"NEW{number % 2}")
        tokens.append(cart.token)
    return tokens


def newcomers_discounts() -> None:
    factories.shop()
    for number in range(2):
        rules = {"kind": "percent", "points": 1000, "audience": {"order_number": 1}}
        row = services.save_promotion(
            draft=PromotionDraft(name="New", rules=rules, needs_code=True), actor=factories.ACTOR
        )
        services.add_code(promotion_id=row.pk, text=f"NEW{number}", actor=factories.ACTOR)


def place(token: str) -> Order:
    return checkout.place_order(request=PlaceOrder(token, None, "guest"))


def reduced() -> int:
    return Order.objects.filter(discount_minor__gt=0).count()


def look_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody count the orders before anybody has placed one, as they do where readers do not wait."""
    monkeypatch.setattr("duli.commerce.checkout.offers.orders_of", lambda customer_ids: 0)
    nothing: frozenset[int] = frozenset()
    monkeypatch.setattr("duli.commerce.promotions.selectors._claimed", lambda promotions, keys: nothing)


def test_one_of_many_carts_is_the_first_order() -> None:
    newcomers_discounts()
    tokens = carts_of_a_newcomer()
    outcomes = all_hands(lambda number: place(tokens[number]))
    assert set(outcomes) <= {"done", "code_exhausted"}
    assert reduced() == 1


def test_one_of_them_is_it_also_where_all_have_counted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    newcomers_discounts()
    tokens = carts_of_a_newcomer()
    look_before(monkeypatch)
    outcomes = all_hands(lambda number: place(tokens[number]))
    assert (outcomes["done"], outcomes["code_exhausted"]) == (1, HANDS - 1)
    assert reduced() == 1
    assert {row.reference for row in models.Claim.objects.all()} == {Order.objects.get().reference}
    # Cancelled, it was none: the next one is the first.
    cancel(order_id=Order.objects.get().pk, reason="customer", actor=factories.ACTOR)
    assert not models.Claim.objects.exists()
    left = Cart.objects.filter(token__in=tokens, state=Cart.State.OPEN).values_list("token", flat=True)
    assert place(left[0]).discount_minor


def test_without_the_claim_all_of_them_are_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what was there and believe it: what the unique row is there for."""
    newcomers_discounts()
    tokens = carts_of_a_newcomer()
    look_before(monkeypatch)
    monkeypatch.setattr("duli.commerce.promotions.services.using.claim", lambda number, buyer_keys, reference: True)
    assert all_hands(lambda number: place(tokens[number]))["done"] == HANDS
    assert reduced() == HANDS


def test_of_a_friends_orders_at_one_instant_the_first_brings_the_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them sees the others when it is placed; those that are not the first are held when they are paid."""
    factories.shop()
    program(wait_days=0, most_a_day=100)
    tokens = carts_of_a_newcomer(referrals.invite(customer_id=customer()).code)
    with monkeypatch.context() as patched:
        patched.setattr("duli.commerce.referrals.checks.ordered_before", lambda order: False)
        assert all_hands(lambda number: place(tokens[number]))["done"] == HANDS
    assert not Referral.objects.filter(state="held").exists()
    for order in Order.objects.order_by("-pk"):
        pay(order)
    referrals.settle_due()
    first = Order.objects.order_by("pk")[0]
    assert [row.order_id for row in Referral.objects.filter(state="approved")] == [first.pk]
    held = Referral.objects.filter(state="held")
    assert held.count() == HANDS - 1
    assert all("not_first" in row.checks for row in held)
    referrals.decide(referral_id=held[0].pk, approve=True, actor=factories.ACTOR)
    assert Referral.objects.filter(state="approved").count() == 2
