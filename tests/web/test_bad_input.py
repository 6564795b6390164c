"""What strangers send: forged, foreign, stale, huge and broken. A clear 4xx each time, and nothing changes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.inventory.models import StockLevel
from duli.commerce.orders.models import Order
from duli.commerce.payments.models import PaymentEvent
from duli.platform.accounts.services import create_staff
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
    for path in ("/checkout", "/cart/add", "/account/login/", "/notify"):
        for body in (b"contact=" + BROKEN, b"variant=%ff%fe", b"email=a%00@example.com"):
            response = visitor(cart).generic("POST", path, body, content_type="application/x-www-form-urlencoded")
            assert (response.status_code, "无法读取这个请求" in response.content.decode()) == (400, True)
    for path in (
        "/search?q=%ff%fe",
        "/search/suggest?q=%00",
        "/products/%ff%fe",
        "/collections/%c3%28",
        "/%ff",
        "/en/%00",
    ):
        is_refused(visitor().get(path))
    assert state() == before


def test_a_provider_may_write_another_charset_than_ours() -> None:
    response = visitor().generic(
        "POST",
        "/payments/nobody/webhook",
        "subject=茶".encode("gb18030"),
        content_type="application/x-www-form-urlencoded",
    )
    assert (response.status_code, response.json()) == (404, {"code": "FAIL", "error": "not_found"})


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "kind", "status"),
    [
        ("GET", "/cart/add", {}, b"", "", 405),
        ("POST", "/cart/add", {"Sec-Fetch-Site": "cross-site"}, b"", "", 403),
        ("POST", "/cart/add", {"Origin": "https://elsewhere.example"}, b"", "", 403),
        ("POST", "/cart/add", {}, b"x", "multipart/form-data", 400),
        ("POST", "/cart/add", {}, b"variant=1", "application/x-www-form-urlencoded; charset=gbk", 400),
        ("POST", "/cart/add", {}, b"variant=1&quantity=" + b"1" * 10_000_000, "application/x-www-form-urlencoded", 413),
        ("GET", "/search", {"Host": "elsewhere.example"}, b"", "", 400),
    ],
)
def test_what_no_view_answers_is_told_in_the_readers_language(
    method: str, path: str, headers: dict[str, str], body: bytes, kind: str, status: int
) -> None:
    for prefix, lang, way_home in (("", "zh-Hans", 'href="/"'), ("/en", "en", 'href="/en/"')):
        response = visitor().generic(method, prefix + path, body, content_type=kind, headers=headers)
        page = response.content.decode()
        assert response.status_code == status
        assert f'<html lang="{lang}"' in page
        assert way_home in page
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "code"),
    [
        ("GET", "/", b"", "", 404, "not_found"),
        ("GET", "/nothing", b"", "", 404, "not_found"),
        ("DELETE", "/products", b"", "", 405, "method_not_allowed"),
        ("GET", "/products?q=%ff", b"", "", 400, "malformed_request"),
        ("GET", "/products?brand=a%00", b"", "", 400, "malformed_request"),
        ("POST", "/carts/lines", b'{"variant_id": 1}', "text/plain", 415, "unsupported_media_type"),
        ("POST", "/carts/lines", b"variant_id=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (
            "POST",
            "/carts/lines",
            b'{"variant_id": 1, "x": "' + BROKEN + b'"}',
            "application/json",
            400,
            "malformed_request",
        ),
        ("POST", "/carts/lines", b'{"x": "' + b"x" * 10_000_000 + b'"}', "application/json", 413, "too_large"),
        ("PUT", "/carts/x/details", b'{"shipping_method_id": NaN}', "application/json", 422, "invalid_input"),
    ],
)
def test_the_api_answers_in_json_whatever_is_sent(
    method: str, path: str, body: bytes, kind: str, status: int, code: str
) -> None:
    answers = {}
    for language in ("zh-hans", "en"):
        url = f"/api/v1{path}{'&' if '?' in path else '?'}language={language}"
        response = visitor().generic(method, url, body, content_type=kind)
        assert (response.status_code, response.json()["code"]) == (status, code)
        answers[language] = response.json()["message"]
    assert answers["en"] != answers["zh-hans"]
    assert Cart.objects.count() == 0


def test_staff_read_refusals_in_their_own_language() -> None:
    owner = create_staff(email="owner@example.com", name="Ada", role="owner", password="correct horse 9", language="en")
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    form = "application/x-www-form-urlencoded"
    for response, status, words in (
        (client.get("/admin/nothing/"), 404, "This does not exist or is no longer here."),
        (client.put("/admin/orders/", headers={"X-CSRFToken": "x"}), 403, "This form was open for too long."),
        (client.post("/admin/orders/1/comment/", {"text": "x"}), 403, "This form was open for too long."),
        (client.generic("POST", "/admin/orders/1/comment/", b"text=%ff", form), 400, "This request cannot be read."),
    ):
        page = response.content.decode()
        assert response.status_code == status
        assert words in page
        assert 'href="/admin/"' in page


@pytest.mark.parametrize("login", ["", "x" * 5000, "nobody", "a@b"])
def test_a_form_of_an_account_with_mistakes_is_no_success(login: str) -> None:
    for path in ("login/", "signup/", "password/reset/"):
        response = visitor().post(f"/account/{path}", {"login": login, "password": "x", "password1": "x"})
        page = response.content.decode()
        assert response.status_code == 422
        assert 'role="alert"' in page
        assert "This password" not in page


def test_a_fault_of_ours_is_told_on_a_page_with_its_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duli.web.storefront.views.browse.where", None)
    response = Client(raise_request_exception=False).get("/search?q=tea")
    assert (response.status_code, "This page cannot be shown right now" in response.content.decode()) == (500, True)
    # Its few styles stand in the page, which the policy of every other page forbids.
    assert "Content-Security-Policy" not in response.headers


def test_a_fault_of_ours_in_the_api_is_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duli.web.api.api.current_store", None)
    client = Client(raise_request_exception=False)
    response = client.get("/api/v1/store?language=en", headers={"Accept-Language": "en"})
    assert (response.status_code, response.json()["code"]) == (500, "server_error")


@pytest.mark.parametrize("method_id", [0, -1, 2**63, 10**30])
def test_ids_that_no_way_of_shipping_can_have(method_id: int) -> None:
    cart = factories.ready_cart(factories.variant_of(factories.product()))
    for draft in ("", "?draft=true"):
        response = visitor().put(
            f"/api/v1/carts/{cart.token}/details{draft}",
            {
                "email": "a@example.com",
                "shipping_address": factories.ADDRESS.to_json(),
                "shipping_method_id": method_id,
            },
            content_type="application/json",
        )
        assert (response.status_code, response.json()["code"]) == (409, "shipping_method_unavailable")


def test_wrong_fields_are_named_in_the_readers_words() -> None:
    cart = factories.cart(factories.variant_of(factories.product()))
    for path, data in (
        ("/cart/add", {"variant": "1", "quantity": "ten"}),
        (f"/cart/lines/{cart.lines.get().pk}", {"quantity": "-1"}),
        ("/cart/add", {"variant": "x"}),
        ("/cart/destination", {"country": "XX"}),
    ):
        page = visitor(cart).post(path, data).content.decode()
        said = [unescape(words) for words in re.findall(r'role="alert"[^>]*>([^<]*)', page)]
        assert said
        assert not re.search("[a-z]", said[0]), said


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
