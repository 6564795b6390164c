"""A link that recommends the shop: asked first, remembered after a yes, counted with the order."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import Cart
from duli.commerce.customers.services import customer_for_user
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.commerce.referrals import selectors, services
from duli.commerce.referrals.models import Clicks, Referrer, Visit
from duli.commerce.referrals.states import Kind, ReferrerState
from duli.platform.accounts.models import User
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.referrals.referring import customer, partner, program
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(chair: Product) -> Client:
    client = Browser()
    user = User.objects.create_user(email="mei@example.com", name="梅")
    customer_for_user(user_id=user.pk, name="梅", email="mei@example.com", phone="", language="zh-hans")
    client.force_login(user)
    return client


def put(browser: Client, chair: Product) -> Cart:
    browser.post("/cart/add", {"variant": factories.variant_of(chair).pk, "quantity": 1})
    return Cart.objects.get(token=browser.cookies["cart"].value)


def test_nothing_is_kept_before_a_yes(chair: Product, browser: Browser) -> None:
    program()
    mine = partner()
    save_promotion(
        draft=PromotionDraft(
            name="欢迎", rules={"kind": "percent", "points": 500, "audience": {"referrals": ["partner"]}}
        ),
        actor=factories.ACTOR,
    )
    look_now()
    text = unescape(browser.get(f"/r/{mine.code}?to=/products/{chair.handle}").content.decode())
    assert "Anna" in text
    assert "30 天" in text
    assert "5%" in text or "95" in text or "9.5" in text
    assert not browser.cookies
    assert (Visit.objects.count(), Clicks.objects.get().count) == (0, 1)
    assert put(browser, chair).visit_id is None
    answer = browser.post(f"/r/{mine.code}", {"to": f"/products/{chair.handle}"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/products/{chair.handle}")
    assert browser.cookies["referral"]["httponly"]
    assert Cart.objects.get(token=browser.cookies["cart"].value).visit_id == Visit.objects.get().pk


def test_a_cart_that_comes_later_knows_it_too(chair: Product, browser: Browser) -> None:
    program(asks_first=False)
    mine = partner()
    assert browser.get(f"/en/r/{mine.code}").headers["Location"] == "/en/"
    assert put(browser, chair).visit_id == Visit.objects.get().pk


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/admin/", "/a\x00b", "x" * 5000])
def test_a_link_never_leads_out_of_the_shop(chair: Product, browser: Browser, to: str) -> None:
    program()
    mine = partner()
    assert browser.post(f"/r/{mine.code}", {"to": to}).headers["Location"] == "/"


@pytest.mark.parametrize("cookie", ["1", "x" * 500, "a:b:c", "%00"])
def test_a_cookie_that_somebody_made_up_counts_for_nothing(chair: Product, browser: Browser, cookie: str) -> None:
    program()
    partner()
    browser.cookies["referral"] = cookie
    assert put(browser, chair).visit_id is None


def test_links_of_nobody_and_of_other_sites_count_for_nothing(chair: Product, browser: Browser) -> None:
    program()
    mine = partner()
    assert browser.get("/r/nobody").headers["Location"] == "/"
    assert browser.post(f"/r/{mine.code}", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert Visit.objects.count() == 0


def test_the_account_shows_the_link_and_takes_an_application(signed_in: Client) -> None:
    assert signed_in.get("/account/invite").status_code == 404
    program()
    text = unescape(signed_in.get("/account/invite").content.decode())
    code = Referrer.objects.get().code
    assert f"/r/{code}" in text
    assert "<svg" in text
    assert "¥20.00" in text
    assert f"推荐码 {code.upper()}" in text
    assert "data-copy" in text
    assert signed_in.post("/account/invite", {"verb": "apply", "about": ""}).status_code == 422
    signed_in.post("/account/invite", {"verb": "apply", "about": "小红书", "pay_to": "支付宝 138"})
    row = Referrer.objects.get(kind=Kind.PARTNER)
    assert (row.state, row.about, row.pay_to) == (ReferrerState.APPLIED, "小红书", "支付宝 138")
    assert "已收到您的申请" in signed_in.get("/account/invite").content.decode()
    services.save_referrer(
        customer_id=row.customer_id, kind=Kind.PARTNER, state=ReferrerState.ACTIVE, points=None, actor="user:1"
    )
    signed_in.post("/account/invite", {"verb": "pay_to", "pay_to": "IBAN"})
    assert selectors.referrer_by_id(row.pk).pay_to == "IBAN"
    assert "Partner programme" in signed_in.get("/en/account/invite").content.decode()


def test_only_who_is_signed_in_sees_the_page(chair: Product, browser: Browser) -> None:
    program()
    assert browser.get("/account/invite").status_code == 302
    assert customer()


def entered(browser: Client, code: str, address: str = "/cart/code") -> str:
    answer = browser.post(address, {"code": code}, follow=True)
    return unescape(answer.content.decode())


def test_a_friends_code_is_typed_where_discount_codes_are(chair: Product, browser: Browser) -> None:
    program()
    mine = partner()
    cart = put(browser, chair)
    text = entered(browser, f" {mine.code.upper()} ")
    assert "由 Anna 推荐" in text
    assert "referral" not in browser.cookies
    cart.refresh_from_db()
    assert cart.visit is not None
    assert (cart.visit.referrer, bool(cart.visit.device)) == (mine, True)
    assert "由 Anna 推荐" in unescape(browser.get("/checkout").content.decode())
    text = unescape(browser.post("/cart/code", {"code_off": mine.code.upper()}, follow=True).content.decode())
    assert "由 Anna 推荐" not in text
    assert Cart.objects.get(pk=cart.pk).visit_id is None


def test_a_codes_owner_cannot_use_it(signed_in: Client, chair: Product) -> None:
    program()
    signed_in.get("/account/invite")
    cart = put(signed_in, chair)
    answer = signed_in.post("/cart/code", {"code": Referrer.objects.get().code})
    assert answer.status_code == 422
    assert "这是您自己的推荐码" in unescape(answer.content.decode())
    assert Cart.objects.get(pk=cart.pk).visit_id is None
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("code", ["nobody7", "x" * 10_000, "\x00", "ａｂ ｃ", "'; --"])
def test_what_is_no_code_at_all_is_said_to_be_none(chair: Product, browser: Browser, code: str) -> None:
    program()
    cart = put(browser, chair)
    answer = browser.post("/cart/code", {"code": code})
    assert answer.status_code in {303, 422}
    assert Cart.objects.get(pk=cart.pk).visit_id is None


def test_the_code_of_who_is_paused_is_unknown(chair: Product, browser: Browser) -> None:
    program()
    mine = partner()
    put(browser, chair)
    services.save_referrer(
        customer_id=mine.customer_id, kind=Kind.PARTNER, state=ReferrerState.PAUSED, points=None, actor="user:1"
    )
    assert browser.post("/cart/code", {"code": mine.code}).status_code == 422


def test_taking_the_code_off_makes_the_browser_forget_the_link(chair: Product, browser: Browser) -> None:
    program(asks_first=False)
    mine = partner()
    browser.get(f"/r/{mine.code}")
    cart = put(browser, chair)
    assert cart.visit_id
    browser.post("/cart/code", {"code_off": mine.code.upper()})
    assert not browser.cookies["referral"].value
    assert put(browser, chair).visit_id is None


def test_an_older_link_does_not_take_the_place_of_a_code_that_was_typed(chair: Product, browser: Browser) -> None:
    program(asks_first=False)
    old, new = partner(), partner("new@example.com")
    browser.get(f"/r/{old.code}")
    put(browser, chair)
    entered(browser, new.code)
    cart = put(browser, chair)
    assert cart.visit is not None
    assert cart.visit.referrer == new
