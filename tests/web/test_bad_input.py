"""What strangers send: forged, foreign, stale, huge and broken. A clear 4xx each time, and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.inventory.models import StockLevel
from duli.commerce.orders.models import Order
from duli.commerce.payments.models import PaymentEvent
from duli.platform.events.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
HUGE = "x" * 10_000_000
BROKEN = b"\xff\xfe\xc3\x28"


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def state() -> tuple[Any, ...]:
    return (
        list(Order.objects.order_by("pk").values_list("pk", "status", "payment_state", "version")),
        list(CartLine.objects.order_by("pk").values_list("cart_id", "variant_id", "quantity")),
        list(StockLevel.objects.order_by("pk").values_list("on_hand", "reserved")),
        PaymentEvent.objects.count(),
        Event.objects.filter(name__startswith="orders.").count(),
    )


def visitor(cart: Cart | None = None) -> Client:
    client = Client(raise_request_exception=True)
    if cart:
        client.cookies["cart"] = cart.token
    return client


def is_refused(response: Any) -> None:
    assert 400 <= response.status_code < 500, response.status_code


def test_the_token_of_an_order_cannot_be_guessed_or_broken() -> None:
    order = factories.order()
    before = state()
    for token in ("x", order.token[:-1], order.token + "a", "%00", "%ff%fe", "..%2f..", "a" * 3000, "' OR 1=1"):
        for path in ("", "/pay", "/state", "/invoice"):
            is_refused(visitor().get(f"/orders/{token}{path}"))
        is_refused(visitor().post(f"/orders/{token}/pay", {"method": "cash_on_delivery"}))
    assert state() == before


def test_another_shoppers_cart_stays_as_it_is() -> None:
    variant = factories.variant_of(factories.product())
    mine, theirs = factories.cart(variant), factories.cart(variant, quantity=3)
    line = theirs.lines.get()
    before = state()
    for data in ({"quantity": "1"}, {"remove": "0"}):
        is_refused(visitor(mine).post(f"/cart/lines/{line.pk}", data))
    assert state() == before


@pytest.mark.parametrize("quantity", ["-1", "0", "1e9", "9" * 400, "ten", HUGE, "١٢", "1.5", "\x00"])
def test_quantities_that_are_none(quantity: str) -> None:
    variant = factories.variant_of(factories.product())
    cart = factories.cart(variant)
    before = state()
    is_refused(visitor(cart).post("/cart/add", {"variant": str(variant.pk), "quantity": quantity}))
    if quantity != "0":
        is_refused(visitor(cart).post(f"/cart/lines/{cart.lines.get().pk}", {"quantity": quantity}))
    assert state() == before


@pytest.mark.parametrize("variant", ["", "0", "-5", "9" * 30, "x", HUGE, "\x00"])
def test_variants_that_are_none(variant: str) -> None:
    before = state()
    is_refused(visitor().post("/cart/add", {"variant": variant}))
    assert state() == before


@pytest.mark.parametrize("field", ["contact", "name", "line1", "note", "region", "payment_method", "shipping_method"])
def test_ten_megabytes_in_one_field(field: str) -> None:
    cart = factories.cart(factories.variant_of(factories.product()))
    before = state()
    data = {"contact": "a@example.com", "country": "CN", "place": "1", field: HUGE}
    is_refused(visitor(cart).post("/checkout", data))
    cart.refresh_from_db()
    assert cart.state == "open"
    assert state() == before


@pytest.mark.parametrize("shown", ["", "x", "1", "-1", "9" * 50])
def test_the_total_that_was_shown_is_a_condition(shown: str) -> None:
    cart = factories.ready_cart(factories.variant_of(factories.product()))
    before = state()
    data = {
        "contact": "a@example.com",
        **{key: value for key, value in factories.ADDRESS.to_json().items() if value},
        "payment_method": "bank_transfer",
        "shown_total": shown,
        "place": "1",
    }
    is_refused(visitor(cart).post("/checkout", data))
    assert state() == before


def test_broken_bytes_are_no_text() -> None:
    cart = factories.cart(factories.variant_of(factories.product()))
    before = state()
    for path in ("/checkout", "/cart/add", "/account/login/"):
        response = visitor(cart).generic(
            "POST", path, b"contact=" + BROKEN + b"&variant=%ff%fe", content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code < 500
    for path in ("/search?q=%ff%fe%00", "/products/%ff%fe", "/collections/%c3%28", "/%ff", "/en/%00"):
        assert visitor().get(path).status_code < 500
    assert state() == before


def test_a_forged_webhook_is_refused_and_leaves_nothing() -> None:
    factories.order()
    before = state()
    for gateway in ("sandbox_card", "bank_transfer", "nobody"):
        for body in (b"", b"{}", BROKEN, b'{"type": "payment.paid"}', b"[" * 5000, b"x" * 10_000_000):
            for headers in ({}, {"Card-Signature": "t=1,v1=00"}, {"Card-Signature": "x" * 9000}):
                response = visitor().generic(
                    "POST", f"/payments/{gateway}/webhook", body, content_type="application/json", headers=headers
                )
                is_refused(response)
    assert state() == before


def test_forms_of_the_back_office_need_a_person_and_a_token() -> None:
    order = factories.order()
    before = state()
    for path in ("mark-paid", "cancel", "confirm", "fulfil"):
        response = Client(enforce_csrf_checks=True).post(f"/admin/orders/{order.pk}/{path}/", {})
        assert response.status_code in {302, 403, 404, 405}
    assert state() == before
