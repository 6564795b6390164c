"""An order that store credit pays, while other hands take the same credit: it is never spent twice."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.credit import credit_in
from duli.commerce.customers.models import Customer, StoreCreditEntry
from duli.commerce.customers.services import change_credit
from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from tests import factories
from tests.commerce.membership import people
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
THERE = 3000


def prepared() -> tuple[Customer, Cart]:
    factories.shop()
    mei = people.member()
    change_credit(customer_id=mei.pk, amount=Money(THERE, "CNY"), reason="goodwill", actor="a", idempotency_key="given")
    cart = factories.ready_cart(factories.variant_of(factories.product(price=10000, stock=5)))
    Cart.objects.filter(pk=cart.pk).update(customer=mei)
    checkout.use_credit(token=cart.token, wanted=True)
    return mei, cart


def rush(mei: Customer, cart: Cart) -> dict[str, int]:
    """Let two hands order by the same cart, and the others take all there is."""

    def act(number: int) -> object:
        if number < 2:
            return checkout.place_order(request=PlaceOrder(cart.token, None, "guest", user_id=mei.user_id))
        return change_credit(
            customer_id=mei.pk,
            amount=Money(-THERE, "CNY"),
            reason="correction",
            actor="a",
            idempotency_key=f"taken {number}",
        )

    return dict(all_hands(act))


def test_it_is_spent_once() -> None:
    mei, cart = prepared()
    outcomes = rush(mei, cart)
    assert set(outcomes) <= {"done", "credit_too_small", "store_credit_spent"}
    assert credit_in(mei.pk, "CNY").minor == 0
    assert StoreCreditEntry.objects.filter(amount_minor__lt=0).count() == 1
    assert Order.objects.count() <= 1


def test_without_a_look_under_the_lock_it_is_spent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe what was there before: what reading the ledger under the customer's lock is there for."""
    mei, cart = prepared()
    monkeypatch.setattr(
        "duli.commerce.customers.services.credit.credit_in", lambda customer_id, currency: Money(THERE, currency)
    )
    assert rush(mei, cart)["done"] >= HANDS - 2
    assert credit_in(mei.pk, "CNY").minor < 0


def rush_by_api(mei: Customer, cart: Cart) -> list[str]:
    """Let half of the hands order by the API with the same cart, and the others take all there is."""
    assert mei.user is not None
    key = app_session(mei.user)
    answers: list[str] = []

    def act(number: int) -> object:
        if number >= HANDS // 2:
            return change_credit(
                customer_id=mei.pk,
                amount=Money(-THERE, "CNY"),
                reason="correction",
                actor="a",
                idempotency_key=f"taken {number}",
            )
        answer = Client().post(
            f"/api/v1/carts/{cart.token}/order",
            data={"shown_total_minor": 11200, "shown_due_minor": 8200},
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        found = answer.json()
        sums = " ".join(str(found[name]["minor"]) for name in ("paid_by_credit", "due")) if "number" in found else ""
        answers.append(found.get("code") or f"{found['number']} {sums}")
        return None

    all_hands(act)
    return answers


def app_session(user: User) -> str:
    user.set_password("tea and porcelain")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    body = {"login": user.email, "password": "tea and porcelain"}
    return str(Client().post("/api/v1/account/session", data=body, content_type="application/json").json()["token"])


def test_by_the_api_it_is_spent_once_and_every_answer_is_the_same_order() -> None:
    mei, cart = prepared()
    answers = rush_by_api(mei, cart)
    orders = list(Order.objects.all())
    assert credit_in(mei.pk, "CNY").minor == 0
    assert StoreCreditEntry.objects.filter(amount_minor__lt=0).count() == 1
    if orders:
        assert set(answers) == {f"{orders[0].number} {THERE} 8200"}
        assert len(orders) == 1
    else:
        assert set(answers) == {"store_credit_spent"}


def test_by_the_api_without_a_look_under_the_lock_it_is_spent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mei, cart = prepared()
    monkeypatch.setattr(
        "duli.commerce.customers.services.credit.credit_in", lambda customer_id, currency: Money(THERE, currency)
    )
    rush_by_api(mei, cart)
    assert credit_in(mei.pk, "CNY").minor < 0
