"""Codes and offers as shoppers meet them."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from duli.base.clock import now
from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import Cart
from duli.commerce.promotions import services
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now
from tests import factories
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db


def offer(rules: dict[str, Any], code: str = "", **values: Any) -> None:
    draft = PromotionDraft(name="周年庆", titles={"en": "Anniversary"}, rules=rules, needs_code=bool(code), **values)
    row = services.save_promotion(draft=draft, actor=factories.ACTOR)
    if code:
        services.add_code(promotion_id=row.pk, text=code, actor=factories.ACTOR)
    look_now()


def put(browser: Browser, chair: Product, prefix: str = "", quantity: int = 1) -> None:
    variant = factories.variant_of(chair)
    answer = browser.post(f"{prefix}/cart/add", {"variant": variant.pk, "quantity": quantity})
    assert answer.status_code == 303


def seen(browser: Browser, address: str) -> str:
    return unescape(browser.get(address).content.decode())


@pytest.mark.parametrize(
    ("prefix", "title", "refused", "hint", "gone"),
    [
        ("", "周年庆", "优惠码不存在", "再买 ¥180.00，减 ¥100.00", "该优惠码还未到使用时间"),
        ("/en", "Anniversary", "not known", "$", "cannot be used yet"),
    ],
)
def test_a_code_is_entered_refused_and_taken_off(
    chair: Product, browser: Browser, prefix: str, title: str, refused: str, hint: str, gone: str
) -> None:
    offer({"kind": "percent", "points": 1000}, "SAVE10")
    offer({"kind": "percent", "points": 1000}, "SOON", starts_at=now() + timedelta(days=1))
    offer(
        {
            "kind": "ladder",
            "steps": [{"at": {"CNY": 100000, "USD": 20000}, "amount": {"CNY": 10000, "USD": 1000}}],
        },
        priority=200,
    )
    put(browser, chair, prefix)
    cart = seen(browser, f"{prefix}/cart")
    assert hint[:3] in cart
    assert title not in cart.split('class="totals"')[1].split("</dl>")[0]
    for code, words in (("NOPE", refused), ("SOON", gone)):
        answer = browser.post(f"{prefix}/cart/code", {"code": code, "code_add": "1"})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert browser.post(f"{prefix}/cart/code", {"code": "save10", "code_add": "1"}).status_code == 303
    for page in ("cart", "checkout"):
        totals = seen(browser, f"{prefix}/{page}").split('class="totals"')[1].split("</dl>")[0]
        assert title in totals
        assert "SAVE10" in totals
    assert browser.post(f"{prefix}/cart/code", {"code_off": "SAVE10"}).status_code == 303
    assert "SAVE10" not in seen(browser, f"{prefix}/cart")


def test_coupons_are_found_in_the_centre_and_taken_before_there_is_a_cart(chair: Product, browser: Browser) -> None:
    assert browser.get("/coupons").status_code == 200
    assert "/coupons" not in seen(browser, "/")
    need = {"amount": {"CNY": 20000, "USD": 3000}}
    offer({"kind": "amount", "amount": {"CNY": 2000, "USD": 300}, "needs": [need]}, "HELLO", is_listed=True)
    offer({"kind": "percent", "points": 1000}, "SAVE10", is_listed=True)
    offer({"kind": "percent", "points": 5000}, "SECRET")
    page = seen(browser, "/coupons")
    assert "减 ¥20.00（满 ¥200.00）" in page
    assert "SECRET" not in page
    assert "$3.00 off from" in seen(browser, "/en/coupons")
    assert 'href="/coupons"' in seen(browser, "/")
    for code in ("HELLO", "SAVE10"):
        assert browser.get(f"/discount/{code}?next=/coupons").status_code == 302
    assert seen(browser, "/coupons").count("已领取") == 2
    put(browser, chair)
    assert Cart.objects.get().codes == ["HELLO", "SAVE10"]


def test_gifts_and_add_ons_are_chosen_in_the_cart(chair: Product, browser: Browser) -> None:
    cup = factories.product(title="小茶杯", price=5000)
    offer(
        {"kind": "add_on", "scope": {"any_of": [f"product:{cup.pk}"]}, "amount": {"CNY": 990},
         "needs": [{"amount": {"CNY": 10000}, "scope": {"none_of": [f"product:{cup.pk}"]}}]}
    )  # fmt: skip
    put(browser, chair)
    page = seen(browser, "/cart")
    assert "加购 小茶杯" in page
    assert "¥9.90" in page
    put(browser, cup)
    page = seen(browser, "/cart")
    assert "加购 小茶杯" not in page
    assert "-¥40.10" in page
    # What would open the offer again is said as a shopper would, in both languages.
    browser.post(f"/cart/lines/{Cart.objects.get().lines.order_by('pk')[0].pk}", {"quantity": "0"})
    assert "再买 ¥100.00，可 ¥9.90 换购一件" in seen(browser, "/cart")


def test_a_sale_price_stands_on_the_page_with_its_end_and_in_what_machines_read(
    chair: Product, browser: Browser
) -> None:
    before = seen(browser, f"/products/{chair.handle}")
    assert '"price":"910.00"' in before
    offer({"kind": "percent", "points": 1000}, on_shelf=True, ends_at=now() + timedelta(hours=2))
    page = seen(browser, f"/products/{chair.handle}")
    for part in ("周年庆", "data-ends", '"price":"819.00"', "<s>"):
        assert part in page
    assert "¥819" in seen(browser, "/collections/all")
    put(browser, chair)
    assert "¥819" in seen(browser, "/cart")
    assert "-¥" not in seen(browser, "/cart").split('class="totals"')[1].split("</dl>")[0]
    answer = browser.get(f"/api/v1/products/{chair.handle}")
    assert answer.json()["variants"][0]["price"]["minor"] == 81900


def test_a_code_typed_at_the_checkout_is_entered_before_anything_is_ordered(chair: Product, browser: Browser) -> None:
    offer({"kind": "percent", "points": 1000}, "SAVE10")
    put(browser, chair)
    page = browser.post("/checkout", {"code": "SAVE10", "place": "1"})
    assert page.status_code == 200
    assert "-¥91.00" in unescape(page.content.decode())
    assert Cart.objects.get().state == Cart.State.OPEN
    refused = browser.post("/checkout", {"code": "WRONG"}).content.decode()
    assert 'id="e-code"' in refused


def test_a_link_brings_its_code_along_even_before_there_is_a_cart(chair: Product, browser: Browser) -> None:
    offer({"kind": "percent", "points": 1000}, "FRIEND")
    answer = browser.get("/discount/friend?next=/products/chair")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/products/chair")
    put(browser, chair)
    assert Cart.objects.get().codes == ["FRIEND"]
    assert browser.cookies["discount"].value == ""
    # With a cart it counts at once; a stranger's address is never led to.
    other = Browser()
    put(other, chair)
    assert other.get("/en/discount/FRIEND?next=//evil.example").headers["Location"] == "/en/"
    assert Cart.objects.latest("pk").codes == ["FRIEND"]
    assert browser.get("/discount/NOPE").status_code == 422
