from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import httpx2
import pytest
from django.test import Client

from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import PaymentMethodUnavailable
from duli.commerce.customers.models import ConsentRecord
from duli.commerce.orders.models import Order
from duli.commerce.payments import services as payments
from duli.commerce.payments.rules import MethodRules
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.commerce.taxes.services import save_profile
from duli.commerce.taxes.vat_ids import registers
from duli.plugins.vat_registers.vies import Vies
from sandbox.vat import VatOffice
from tests import factories
from tests.web.storefront.conftest import Browser

# Payments are started outside of any transaction, so these tests must not stand in one.
pytestmark = pytest.mark.django_db(transaction=True)

CHINA = {
    "contact": "lin@example.com", "country": "CN", "name": "林晓", "phone": "13800138000", "region": "浙江省",
    "city": "杭州市", "district": "西湖区", "line1": "龙井路 1 号",
}  # fmt: skip
AMERICA = {
    "contact": "lin@example.com", "country": "US", "name": "Lin Xiao", "line1": "350 Fifth Avenue", "city": "New York",
    "region": "NY", "postal_code": "10118",
}  # fmt: skip


def value_of(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return unescape(found[1])


def errors_in(html: str) -> list[str]:
    return re.findall(r'<p class="error" id="e-[^"]+">([^<]+)</p>', html)


@pytest.fixture
def variant(chair: Product):
    return factories.variant_of(chair)


def fill(browser: Client, prefix: str, address: dict[str, str], method: str = "bank_transfer") -> dict[str, str]:
    """Fill in the checkout as somebody without JavaScript does, and return what the last click sends."""
    html = browser.get(f"{prefix}/checkout").content.decode()
    data = {"csrfmiddlewaretoken": value_of(html, "csrfmiddlewaretoken"), **address}
    html = browser.post(f"{prefix}/checkout", {**data, "refresh": "1"}).content.decode()
    rate = re.findall(r'name="shipping_method" value="(\d+)"', html)[0]
    return {
        **data,
        "shipping_method": rate,
        "payment_method": method,
        "shown_total": value_of(html, "shown_total"),
        "place": "1",
    }


@pytest.mark.parametrize(("prefix", "address"), [("", CHINA), ("/en", AMERICA)])
def test_a_guest_buys_without_javascript(chair: Product, variant, prefix: str, address: dict[str, str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    option = chair.options.get()
    added = browser.post(
        f"{prefix}/cart/add", {"product": chair.pk, f"o{option.pk}": variant.option_value_ids[0], "quantity": "1"}
    )
    assert (added.status_code, added.headers["Location"]) == (303, f"{prefix}/cart")
    assert browser.cookies["cart"]["httponly"]
    assert browser.cookies["cart_count"].value == "1"
    cart = browser.get(f"{prefix}/cart").content.decode()
    assert "/products/chair" in cart
    assert f'href="{prefix}/checkout"' in cart
    placed = browser.post(f"{prefix}/checkout", fill(browser, prefix, address))
    order = Order.objects.get()
    assert (placed.status_code, placed.headers["Location"]) == (303, f"{prefix}/orders/{order.token}")
    assert placed.cookies["cart"].value == ""
    assert order.language == ("en" if prefix else "zh-hans")
    # Whoever goes back from there, or from a provider's page, finds the order and another way to pay, no empty cart.
    assert browser.get(f"{prefix}/checkout").headers["Location"] == f"{prefix}/orders/{order.token}"
    browser.cookies["placed"] = "A" * 43
    assert browser.get(f"{prefix}/checkout").headers["Location"] == f"{prefix}/cart"
    page = browser.get(placed.headers["Location"])
    html = page.content.decode()
    assert order.number
    assert order.number in html
    assert "6222 0000 1234" in html
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert browser.get(f"{prefix}/orders/{order.token}/invoice").status_code == 200


def test_the_tick_under_the_form_is_kept_as_proof_and_none_is_none(variant) -> None:
    for ticked in (False, True):
        browser = Client()
        browser.post("/en/cart/add", {"variant": variant.pk, "quantity": "1"})
        data = fill(browser, "/en", {**AMERICA, "contact": f"lin{ticked}@example.com"})
        asked = {key: value for key, value in data.items() if key != "place"}
        again = browser.post("/en/checkout", {**asked, "newsletter": "1", "refresh": "1"}).content.decode()
        assert 'name="newsletter" value="1" checked' in again
        browser.post("/en/checkout", {**data, **({"newsletter": "1"} if ticked else {})})
    records = [(row.channel, row.source, row.language) for row in ConsentRecord.objects.all()]
    assert records == [("email", "checkout", "en")]


def test_the_checkout_asks_for_at_most_eight_things(variant) -> None:
    for prefix in ("", "/en"):
        browser = Client()
        browser.post(f"{prefix}/cart/add", {"variant": variant.pk})
        html = browser.get(f"{prefix}/checkout").content.decode()
        shown = re.sub(r'<details class="more-fields">.*?</details>', "", html, flags=re.S)
        fields = re.findall(r'<(?:input|select|textarea) id="f-', shown)
        assert 0 < len(fields) <= 8


def test_places_follow_from_one_another_without_javascript(browser: Browser, variant) -> None:
    browser.post("/cart/add", {"variant": variant.pk})
    token = value_of(browser.get("/checkout").content.decode(), "csrfmiddlewaretoken")
    html = browser.post(
        "/checkout",
        {"csrfmiddlewaretoken": token, "country": "CN", "region": "浙江省", "refresh": "1", "contact": "a@b.co"},
    ).content.decode()
    assert '<option value="杭州市">' in html
    assert '<option value="西湖区">' not in html
    assert 'value="a@b.co"' in html
    html = browser.post(
        "/checkout",
        {"csrfmiddlewaretoken": token, "country": "CN", "region": "浙江省", "city": "杭州市", "refresh": "1"},
    ).content.decode()
    assert '<option value="西湖区">' in html


@pytest.mark.parametrize("country", ["XX", "😀", "\x00", "x" * 200_000, "-1", "１２", ""])
@pytest.mark.parametrize(("prefix", "address"), [("", CHINA), ("/en", AMERICA)])
def test_a_country_that_there_is_none_of_breaks_no_checkout(
    browser: Browser, variant, prefix: str, address: dict[str, str], country: str
) -> None:
    browser.post(f"{prefix}/cart/add", {"variant": variant.pk})
    data = fill(browser, prefix, address)
    wrong = {**data, "country": country}
    choosing = {name: value for name, value in wrong.items() if name != "place"}
    assert browser.post(f"{prefix}/checkout", {**choosing, "refresh": "1"}).status_code == 200
    refused = browser.post(f"{prefix}/checkout", wrong)
    assert refused.status_code == 422
    assert address["line1"] in refused.content.decode()
    # What was kept of it hurts neither the next visit nor the order that follows.
    for path in ("/checkout", "/cart"):
        assert browser.get(prefix + path).status_code == 200
    assert browser.post(f"{prefix}/checkout", fill(browser, prefix, address)).status_code == 303


def test_every_mistake_is_told_at_once_beside_its_field_and_above(browser: Browser, variant) -> None:
    browser.post("/cart/add", {"variant": variant.pk})
    data = fill(browser, "", CHINA)
    response = browser.post("/checkout", {**data, "contact": "not an address", "district": "", "name": ""})
    html = response.content.decode()
    assert response.status_code == 422
    assert set(errors_in(html)) == {"邮箱或手机号不正确，请检查", "请选择区县", "请填写收货人"}
    assert 'role="alert"' in html
    assert 'href="#f-contact"' in html
    assert 'href="#f-district"' in html
    assert 'aria-invalid="true" aria-describedby="e-name"' in html
    assert 'value="龙井路 1 号"' in html, "what was typed stays"
    assert not Order.objects.exists()


def test_a_second_click_ends_at_the_same_order(browser: Browser, variant) -> None:
    browser.post("/cart/add", {"variant": variant.pk})
    data = fill(browser, "", CHINA)
    cart = browser.cookies["cart"].value
    first = browser.post("/checkout", data)
    browser.cookies["cart"] = cart
    second = browser.post("/checkout", data)
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_a_price_that_changed_is_shown_before_anybody_pays_it(browser: Browser, variant) -> None:
    browser.post("/cart/add", {"variant": variant.pk})
    data = fill(browser, "", CHINA)
    pricing.set_prices(prices=[PriceInput(variant.pk, "CNY", 99000)])
    response = browser.post("/checkout", data)
    html = response.content.decode()
    assert response.status_code == 409
    assert not Order.objects.exists()
    assert 'role="alert"' in html
    assert "¥990.00" in html
    assert "价格有变" in html
    assert browser.post("/checkout", {**data, "shown_total": value_of(html, "shown_total")}).status_code == 303


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000", "abc", "1e9", "99999999999999999999", "９"])
def test_strange_quantities_change_nothing(browser: Browser, variant, quantity: str) -> None:
    response = browser.post("/cart/add", {"variant": variant.pk, "quantity": quantity})
    assert 400 <= response.status_code < 500
    assert not Cart.objects.exists()


@pytest.mark.parametrize(
    "data",
    [{}, {"variant": "x"}, {"variant": "999999"}, {"product": "1"}, {"product": "x", "o1": "2"}, {"variant": "\x00"}],
)
def test_what_is_not_for_sale_cannot_be_added(browser: Browser, variant, data: dict[str, str]) -> None:
    assert 400 <= browser.post("/cart/add", data).status_code < 500
    assert not Cart.objects.exists()


def test_more_than_there_is_cannot_be_added_and_the_drawer_says_why(browser: Browser, variant) -> None:
    response = browser.post("/cart/add", {"variant": variant.pk, "quantity": "50"}, headers={"x-fragment": "cart"})
    assert response.status_code == 409
    assert response.headers["X-Cart-Count"] == "0"
    assert 'role="alert"' in response.content.decode()
    assert "<html" not in response.content.decode()


def test_lines_are_changed_and_removed_without_javascript(browser: Browser, variant) -> None:
    browser.post("/cart/add", {"variant": variant.pk})
    line = Cart.objects.get().lines.get()
    browser.post(f"/cart/lines/{line.pk}", {"quantity": "3"})
    assert browser.cookies["cart_count"].value == "3"
    stranger = Client()
    stranger.post("/cart/add", {"variant": variant.pk})
    assert stranger.post(f"/cart/lines/{line.pk}", {"remove": "0"}).status_code == 404
    browser.post(f"/cart/lines/{line.pk}", {"quantity": "3", "remove": "0"})
    assert not line.cart.lines.exists()
    assert "购物车还是空的" in browser.get("/cart").content.decode()


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_a_form_of_another_site_is_refused(browser: Browser, variant, headers: dict[str, str]) -> None:
    assert browser.post("/cart/add", {"variant": variant.pk}, headers=headers).status_code == 403
    assert not Cart.objects.exists()


def test_the_cart_follows_its_shopper_to_the_other_market(browser: Browser, variant) -> None:
    browser.post("/cart/add", {"variant": variant.pk})
    assert "$130.00" in browser.get("/en/cart").content.decode()
    assert "¥910.00" in browser.get("/cart").content.decode()


def test_a_sold_out_line_blocks_the_checkout_with_a_reason(browser: Browser, variant) -> None:
    from duli.commerce.inventory import services as inventory

    browser.post("/cart/add", {"variant": variant.pk})
    data = fill(browser, "", CHINA)
    inventory.adjust(
        variant_id=variant.pk, location_id=factories.location().pk, counted=0, reason="lost", actor="user:1"
    )
    html = browser.get("/cart").content.decode()
    assert "已售罄" in html
    assert 'href="/checkout"' not in html
    refused = browser.post("/checkout", data)
    assert (refused.status_code, refused.headers["Location"]) == (303, "/cart")
    assert not Order.objects.exists()


def test_only_the_token_opens_an_order(browser: Browser, shop: None) -> None:
    order = factories.order()
    assert browser.get(f"/orders/{order.token}").status_code == 200
    for token in (order.token[:-1], str(order.pk), order.number, "%00", "x" * 300):
        assert browser.get(f"/orders/{token}").status_code == 404


def test_an_order_speaks_the_language_it_was_placed_in(browser: Browser, shop: None) -> None:
    order = factories.order(market_code="int")
    assert '<html lang="en">' in browser.get(f"/orders/{order.token}").content.decode()


def test_an_unpaid_order_can_be_paid_another_way(browser: Browser, shop: None) -> None:
    order = factories.order(method="bank_transfer")
    html = browser.get(f"/orders/{order.token}").content.decode()
    token = value_of(html, "csrfmiddlewaretoken")
    data = {"csrfmiddlewaretoken": token, "payment_method": "cash_on_delivery"}
    assert browser.post(f"/orders/{order.token}/pay", data).status_code == 303
    order.refresh_from_db()
    assert order.payment_collection.method_code == "cash_on_delivery"
    assert browser.get(f"/orders/{order.token}/state").json() == {"payment": "unpaid", "status": "open"}
    assert Client(enforce_csrf_checks=True).post(f"/orders/{order.token}/pay", data).status_code == 403


def _pay(browser: Browser, order: Order, method: str) -> Any:
    html = browser.get(f"/orders/{order.token}").content.decode()
    data = {"csrfmiddlewaretoken": value_of(html, "csrfmiddlewaretoken"), "payment_method": method}
    return browser.post(f"/orders/{order.token}/pay", data)


def test_an_order_is_not_paid_in_a_way_that_was_not_offered_for_it(browser: Browser, shop: None) -> None:
    payments.save_gateway(code="cash_on_delivery", enabled=True, values={}, rules=MethodRules(countries=("CN",)))
    abroad = factories.order(market_code="int")
    for method in ("cash_on_delivery", "gift_card", "sandbox_card", "nobody", "x" * 500):
        refused = _pay(browser, abroad, method)
        assert refused.status_code == 422
        assert "This payment method is not available." in refused.content.decode()
    abroad.refresh_from_db()
    assert (abroad.payment_collection.method_code, abroad.payment_state) == ("bank_transfer", "unpaid")


def test_nobody_pays_on_delivery_where_nothing_is_delivered(browser: Browser, shop: None) -> None:
    card = factories.variant_of(factories.product("礼品卡", stock=None, is_gift_card=True))
    cart = factories.ready_cart(card)
    offered = {method.code for method in checkout_view(cart.token).methods}
    assert offered == {"bank_transfer"}
    order = factories.order(card)
    assert _pay(browser, order, "cash_on_delivery").status_code == 422
    with pytest.raises(PaymentMethodUnavailable):
        factories.order(card, method="cash_on_delivery")


def test_parcels_show_where_they_are(browser: Browser, shop: None) -> None:
    from duli.commerce.orders import services as orders
    from duli.commerce.orders.types import FulfilLine

    order = factories.order(paid=True)
    lines = [FulfilLine(line.pk, line.quantity) for line in order.lines.all()]
    orders.fulfil(
        order_id=order.pk, lines=lines, location_id=factories.location().pk, carrier="sf", tracking_number="SF123",
        idempotency_key="a", actor="user:1",
    )  # fmt: skip
    html = browser.get(f"/orders/{order.token}").content.decode()
    assert "SF123" in html
    assert "sf-express.com" in html
    assert "包裹在路上" in html


def test_a_payment_by_qr_code_shows_the_code_and_waits(browser: Browser, shop: None) -> None:
    from duli.commerce.payments import services as payments
    from duli.commerce.payments.gateway import ShowQR, step_to_json
    from duli.commerce.payments.models import PaymentAttempt

    order = factories.order()
    payments.start(collection_id=order.payment_collection_id, idempotency_key="first")
    step = ShowQR("weixin://wxpay/x?a=1&b=<2>", "weixin://app")
    PaymentAttempt.objects.update(step=step_to_json(step))
    html = browser.get(f"/orders/{order.token}").content.decode()
    assert re.search(r'class="qr" role="img".*?<svg[^>]*viewBox', html)
    assert "<2>" not in html
    assert f'data-state="/orders/{order.token}/state"' in html


def test_who_comes_back_before_the_word_of_the_provider_is_not_asked_to_pay_twice(browser: Browser, shop: None) -> None:
    from duli.commerce.payments.gateway import Redirect, step_to_json
    from duli.commerce.payments.models import PaymentAttempt

    order = factories.order()
    html = browser.get(f"/orders/{order.token}").content.decode()
    assert "请勿重复付款" not in html
    payments.start(collection_id=order.payment_collection_id, idempotency_key="first")
    PaymentAttempt.objects.update(step=step_to_json(Redirect("https://pay.example/1")))
    html = browser.get(f"/orders/{order.token}").content.decode()
    assert "如果刚用银行转账付过款，请稍等，确认到账后本页会自动更新，请勿重复付款" in html
    assert f'data-state="/orders/{order.token}/state"' in html


@pytest.mark.parametrize(("rate", "words"), [("0.19", "VAT 19%"), ("0.08875", "VAT 8.875%"), ("0.20", "VAT 20%")])
def test_a_tax_rate_is_written_as_people_write_it(variant, rate: str, words: str) -> None:
    pricing.save_tax_rate(country="US", name="VAT", rate=Decimal(rate), valid_from=date(2020, 1, 1))
    browser = Client()
    browser.post("/en/cart/add", {"variant": variant.pk})
    data = fill(browser, "/en", AMERICA)
    data.pop("place")
    html = browser.post("/en/checkout", {**data, "refresh": "1"}).content.decode()
    assert re.search(rf">\s*{re.escape(words)}\s*<", html)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("DE136695976", "This ID is confirmed."),
        ("ATU13585627", "The register does not know this ID."),
        ("DE111111125", "does not answer at the moment"),
        ("DE136695977", "This is no VAT ID."),
    ],
)
def test_what_is_known_of_a_vat_id_is_said_beneath_it(
    variant, monkeypatch: pytest.MonkeyPatch, number: str, words: str
) -> None:
    office = VatOffice({"DE136695976": ("Beispiel GmbH", "Berlin")}, unavailable=["DE111111125"])
    client = httpx2.Client(transport=httpx2.WSGITransport(app=office))
    monkeypatch.setitem(registers._entries, "vies", Vies("http://vat", client))
    save_profile(country="CN", actor="system")
    browser = Client()
    browser.post("/en/cart/add", {"variant": variant.pk})
    data = fill(browser, "/en", AMERICA)
    data.pop("place")
    html = browser.post("/en/checkout", {**data, "vat_id": number, "refresh": "vat"}).content.decode()
    field = re.search(r'<div class="field[^"]*" id="vat">.*?</div>', html, re.DOTALL)
    assert field
    assert words in field[0]
    assert 'data-refresh="vat"' in field[0]


CUSTOMS = "Customs duties and import taxes are not included"


def test_what_customs_ask_for_on_delivery_is_said_before_and_after_ordering(variant) -> None:
    save_profile(country="CN", actor="system")
    browser = Client()
    browser.post("/en/cart/add", {"variant": variant.pk})
    data = fill(browser, "/en", AMERICA)
    assert CUSTOMS in browser.get("/en/cart").content.decode()
    assert CUSTOMS in browser.get("/en/checkout").content.decode()
    placed = browser.post("/en/checkout", data)
    assert placed.status_code == 303
    assert CUSTOMS in browser.get(placed.headers["Location"]).content.decode()
    at_home = Client()
    at_home.post("/cart/add", {"variant": variant.pk})
    placed = at_home.post("/checkout", fill(at_home, "", CHINA))
    for path in ("/cart", placed.headers["Location"]):
        assert "进口关税" not in at_home.get(path).content.decode()


def test_a_business_elsewhere_in_the_union_reads_that_the_tax_is_theirs(
    variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = VatOffice({"ATU13585627": ("Muster GmbH", "Wien")}, unavailable=[])
    client = httpx2.Client(transport=httpx2.WSGITransport(app=office))
    monkeypatch.setitem(registers._entries, "vies", Vies("http://vat", client))
    save_profile(country="DE", actor="system")
    browser = Client()
    browser.post("/en/cart/add", {"variant": variant.pk})
    vienna = {**AMERICA, "country": "AT", "city": "Wien", "region": "", "postal_code": "1010"}
    fill(browser, "/en", vienna)
    assert "Reverse charge" not in browser.get("/en/checkout").content.decode()
    data = fill(browser, "/en", {**vienna, "vat_id": "ATU13585627"})
    assert "Reverse charge: you account for the VAT" in browser.get("/en/checkout").content.decode()
    placed = browser.post("/en/checkout", data)
    assert placed.status_code == 303
    page = browser.get(placed.headers["Location"]).content.decode()
    assert "Reverse charge: you account for the VAT" in page
    assert CUSTOMS not in page
