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
