"""Customers of a storefront of one's own: they sign in, see their coupons, and pay with store credit."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from duli.base.clock import frozen, now
from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.customers.credit import credit_in
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import change_credit
from duli.commerce.orders.models import Order
from duli.commerce.promotions.services import give_code, save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.accounts.models import User
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db
PASSWORD = "tea and porcelain"


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()
    cache.clear()


def call(method: str, path: str, body: Any = None, token: str = "", **query: str) -> tuple[int, Any]:
    response = Client(enforce_csrf_checks=True).generic(
        method,
        f"/api/v1{path}",
        data=json.dumps(body) if body is not None else "",
        content_type="application/json",
        query_params=query,
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    assert "sessionid" not in response.cookies
    return response.status_code, response.json() if response.content else None


def somebody(**values: Any) -> Customer:
    """A customer who can sign in."""
    buyer = people.member()
    assert buyer.user is not None
    buyer.user.set_password(PASSWORD)
    for name, value in values.items():
        setattr(buyer.user, name, value)
    buyer.user.save()
    EmailAddress.objects.create(user=buyer.user, email=buyer.user.email, verified=True, primary=True)
    return buyer


def token_of(buyer: Customer) -> str:
    status, found = call("POST", "/account/session", {"login": buyer.email, "password": PASSWORD})
    assert status == 201, found
    return str(found["token"])


def give(buyer: Customer, minor: int, currency: str = "CNY") -> None:
    change_credit(
        customer_id=buyer.pk, amount=Money(minor, currency), reason="goodwill", actor="a", idempotency_key=currency
    )


def ready(buyer: Customer, price: int = 10000) -> Cart:
    cart = factories.ready_cart(factories.variant_of(factories.product(price=price)))
    Cart.objects.filter(pk=cart.pk).update(customer=buyer)
    return cart


def test_a_session_says_who_it_is_until_it_is_ended_or_the_password_changes() -> None:
    buyer = somebody(name="林晓")
    give(buyer, 3000)
    assert call("GET", "/account")[0] == 401
    token = token_of(buyer)
    status, found = call("GET", "/account", token=token)
    assert (status, found["name"], found["email"]) == (200, "林晓", buyer.email)
    assert [entry["minor"] for entry in found["store_credit"]] == [3000]
    assert found["points"] is None
    other = token_of(buyer)
    assert call("DELETE", "/account/session", token=token) == (204, None)
    assert call("GET", "/account", token=token)[0] == 401
    assert call("GET", "/account", token=other)[0] == 200
    user = User.objects.get(pk=buyer.user_id)
    user.set_password("another one entirely")
    user.save()
    assert call("GET", "/account", token=other)[1]["code"] == "not_signed_in"


def test_a_session_ends_and_one_of_a_browser_is_none() -> None:
    buyer = somebody()
    token = token_of(buyer)
    with frozen(now() + timedelta(days=31)):
        assert call("GET", "/account", token=token)[0] == 401
    browser = Client()
    browser.force_login(buyer.user)  # type: ignore[arg-type]
    assert call("GET", "/account", token=browser.cookies["sessionid"].value)[0] == 401
    User.objects.filter(pk=buyer.user_id).update(is_active=False)
    assert call("GET", "/account", token=token)[0] == 401


@pytest.mark.parametrize("token", ["x", "x" * 100_000, "../..", "é" * 32])
def test_what_is_no_token_is_nobody(token: str) -> None:
    assert call("GET", "/account", token=token.encode("utf-8").decode("latin-1"))[0] == 401
    assert call("GET", "/carts/guess/checkout", token=token.encode("utf-8").decode("latin-1"))[0] in {401, 404}


def test_strangers_learn_nothing_and_guess_five_times() -> None:
    buyer = somebody()
    unproved = User.objects.create_user(email="nobody@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=unproved, email="nobody@example.com", verified=False, primary=True)
    answers = [
        call("POST", "/account/session", {"login": login, "password": password}, language="en")
        for login, password in (
            (buyer.email, "wrong"),
            ("unknown@example.com", PASSWORD),
            ("nobody@example.com", PASSWORD),
            ("no address", PASSWORD),
            (buyer.email, ""),
        )
    ]
    assert {(status, answer["code"], answer["message"]) for status, answer in answers} == {
        (422, "login_refused", "This address and this password do not belong together.")
    }
    for _ in range(4):
        call("POST", "/account/session", {"login": buyer.email, "password": "wrong"})
    status, answer = call("POST", "/account/session", {"login": buyer.email, "password": PASSWORD})
    assert (status, answer["code"]) == (429, "too_many_attempts")
    assert not Session.objects.exists()


def test_who_works_here_or_has_a_second_step_signs_in_on_the_page() -> None:
    for values in ({"is_staff": True}, {"has_second_step": True}):
        buyer = somebody(**values)
        status, answer = call("POST", "/account/session", {"login": buyer.email, "password": PASSWORD}, language="en")
        assert (status, answer["code"]) == (403, "sign_in_elsewhere")
    assert not Session.objects.exists()


def test_a_customers_coupons_say_what_for_until_when_and_how_they_stand() -> None:
    buyer, other = somebody(), somebody()
    ends = now() + timedelta(days=9)
    rules = {"kind": "percent", "points": 1000}
    thanks = save_promotion(
        draft=PromotionDraft(name="推荐有礼", rules=rules, needs_code=True, ends_at=ends), actor=factories.ACTOR
    )
    code = give_code(promotion_id=thanks.pk, customer_id=buyer.pk, given_for="referral:1", actor="system")
    assert code is not None
    look_now()
    assert call("GET", "/account/coupons")[0] == 401
    status, found = call("GET", "/account/coupons", token=token_of(buyer), language="en")
    assert status == 200
    (entry,) = found
    assert {name: entry[name] for name in ("code", "state", "is_own", "reason", "words")} == {
        "code": code.text,
        "state": "ready",
        "is_own": True,
        "reason": "referral",
        "words": "10% off",
    }
    assert entry["ends_at"].startswith(ends.date().isoformat())
    assert call("GET", "/account/coupons", token=token_of(other))[1] == []
    with frozen(now() + timedelta(days=10)):
        assert call("GET", "/account/coupons", token=token_of(buyer))[1][0]["state"] == "over"


def test_a_cart_becomes_its_owners_and_store_credit_pays_a_part_once() -> None:
    buyer = somebody()
    give(buyer, 3000)
    token = token_of(buyer)
    tea = factories.variant_of(factories.product(price=10000))
    cart = call("POST", "/carts/lines", {"variant_id": tea.pk, "quantity": 1})[1]
    status, owned = call("PUT", f"/carts/{cart['token']}/owner", token=token)
    assert (status, owned["item_count"]) == (200, 1)
    at = f"/carts/{owned['token']}"
    details = {
        "email": buyer.email,
        "shipping_address": factories.ADDRESS.to_json(),
        "payment_method_code": "bank_transfer",
    }
    status, page = call("PUT", f"{at}/details", details, token=token)
    assert (status, page["due"]["minor"], page["credit"]["pays"]["minor"]) == (200, 11200, 3000)
    assert call("PUT", f"{at}/credit", {"use": True})[0] == 401
    for _ in range(2):
        status, page = call("PUT", f"{at}/credit", {"use": True}, token=token)
    assert (status, page["due"]["minor"], page["credit"]["amount"]["minor"]) == (200, 8200, 3000)
    body = {"shown_total_minor": 11200, "shown_due_minor": 8200}
    assert call("POST", f"{at}/order", body)[1]["code"] == "not_signed_in"
    assert call("POST", f"{at}/order", {**body, "shown_due_minor": 1}, token=token)[0] == 409
    status, order = call("POST", f"{at}/order", body, token=token)
    sums = [order[name]["minor"] for name in ("total", "paid_by_credit", "due")]
    assert (status, sums) == (200, [11200, 3000, 8200])
    assert call("POST", f"{at}/order", body, token=token)[1]["number"] == order["number"]
    assert Order.objects.get().customer_id == buyer.pk
    assert credit_in(buyer.pk, "CNY").minor == 0
    assert call("GET", f"/orders/{order['token']}")[1]["due"]["minor"] == 8200


def test_store_credit_that_pays_everything_needs_no_other_way_and_can_be_left_alone() -> None:
    buyer = somebody()
    give(buyer, 50000)
    token, cart = token_of(buyer), ready(buyer)
    at = f"/carts/{cart.token}"
    assert call("PUT", f"{at}/credit", {"use": True}, token=token)[1]["due"]["minor"] == 0
    assert call("PUT", f"{at}/credit", {"use": False}, token=token)[1]["due"]["minor"] == 11200
    call("PUT", f"{at}/credit", {"use": True}, token=token)
    order = call("POST", f"{at}/order", {"shown_total_minor": 11200, "shown_due_minor": 0}, token=token)[1]
    assert (order["payment_state"], order["due"]["minor"]) == ("paid", 0)
    assert credit_in(buyer.pk, "CNY").minor == 50000 - 11200


def test_nobody_spends_or_sees_what_is_somebody_elses() -> None:
    buyer, thief = somebody(), somebody()
    give(buyer, 3000)
    cart, token = ready(buyer), token_of(thief)
    at = f"/carts/{cart.token}"
    assert call("PUT", f"{at}/credit", {"use": True}, token=token)[0] == 404
    for shown in (token, ""):
        assert call("GET", f"{at}/checkout", token=shown)[1]["credit"] is None
    checkout.use_credit(token=cart.token, wanted=True)
    assert call("POST", f"{at}/order", {"shown_total_minor": 11200}, token=token)[0] == 401
    # Its owner's cart is not taken over: the thief has none.
    assert call("PUT", f"{at}/owner", token=token)[0] == 404
    assert Cart.objects.get(pk=cart.pk).customer_id == buyer.pk
    assert credit_in(buyer.pk, "CNY").minor == 3000


def test_credit_in_another_currency_is_told_and_pays_nothing() -> None:
    buyer = somebody()
    give(buyer, 3000, "USD")
    token, cart = token_of(buyer), ready(buyer)
    page = call("PUT", f"/carts/{cart.token}/credit", {"use": True}, token=token)[1]
    assert (page["credit"], page["due"]["minor"]) == (None, 11200)
    assert [(entry["minor"], entry["currency"]) for entry in page["credit_elsewhere"]] == [(3000, "USD")]
    order = call("POST", f"/carts/{cart.token}/order", {"shown_total_minor": 11200}, token=token)[1]
    assert (order["paid_by_credit"], order["due"]["minor"]) == (None, 11200)
    assert credit_in(buyer.pk, "USD").minor == 3000


def test_an_app_signs_nobody_in_to_the_pages_of_the_desk() -> None:
    browser = Client()
    browser.cookies["sessionid"] = token_of(somebody())
    assert browser.get(reverse("backoffice:home")).status_code in {302, 403, 404}
