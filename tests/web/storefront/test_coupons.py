"""Birthdays and coupons on the pages of an account."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from duli.base.clock import now
from duli.commerce.checkout.models import Cart
from duli.commerce.customers.models import Birthday
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Code, Taken
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import reset_caches
from duli.platform.store.days import day_of
from tests import factories
from tests.commerce.membership import people
from tests.web.storefront.test_members import browser_of

pytestmark = pytest.mark.django_db
TEN = {"kind": "percent", "points": 1000}


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def present() -> None:
    draft = PromotionDraft(name="生日礼", titles={"en": "Birthday"}, rules=TEN, needs_code=True, birthday_before=7)
    services.save_promotion(draft=draft, actor=factories.ACTOR)
    reset_caches()


def words(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_a_birthday_is_asked_for_only_where_something_is_given_for_it() -> None:
    browser = browser_of(people.member())
    assert 'id="birthday"' not in words(browser, "/account/profile")
    present()
    page = words(browser, "/account/profile")
    assert "自愿填写" in page
    assert "If you like" in words(browser, "/en/account/profile")


def test_points_for_it_are_reason_enough_to_ask() -> None:
    people.rules(birthday_points=10)
    assert 'id="birthday"' in words(browser_of(people.member()), "/account/profile")


def test_it_is_told_shown_fixed_for_a_year_and_forgotten() -> None:
    present()
    browser = browser_of(people.member())
    told = browser.post("/account/profile", {"verb": "birthday", "month": "2", "day": "29"})
    assert told.status_code == 200
    assert "2月29日" in unescape(told.content.decode())
    english = words(browser, "/en/account/profile")
    assert "February 29" in english or "29 February" in english
    assert "once a year" in english
    changed = browser.post("/en/account/profile", {"verb": "birthday", "month": "3", "day": "1"})
    assert changed.status_code == 422
    assert "once a year" in changed.content.decode()
    browser.post("/account/profile", {"verb": "birthday", "forget": "1"})
    assert Birthday.objects.get().month is None
    # What else the page keeps is another form's.
    assert browser.post("/account/profile", {"name": "林", "language": "en"}).status_code == 200
    assert Birthday.objects.get().month is None


@pytest.mark.parametrize("typed", [{}, {"month": "2"}, {"month": "2", "day": "30"}, {"month": "x" * 10**6, "day": "1"}])
def test_what_is_no_day_is_refused(typed: dict[str, str]) -> None:
    present()
    browser = browser_of(people.member())
    answer = browser.post("/account/profile", {"verb": "birthday", **typed})
    assert answer.status_code == 422
    assert "生日" in unescape(answer.content.decode())
    assert not Birthday.objects.exists()


def test_ones_coupons_are_for_who_is_signed_in() -> None:
    assert Client().get("/account/coupons").status_code == 302
    assert "还没有优惠券" in words(browser_of(people.member()), "/account/coupons")


def test_a_birthdays_code_is_used_from_the_page_of_coupons() -> None:
    present()
    customer = people.member()
    today = day_of(now())
    Birthday.objects.create(customer=customer, month=today.month, day=today.day, told_at=now())
    services.give_birthday_codes()
    code = Code.objects.get().text
    last = today + timedelta(days=30)
    assert f"{last.year}年{last.month}月{last.day}日" in words(browser_of(customer), "/account/coupons")
    browser = browser_of(customer)
    page = words(browser, "/en/account/coupons")
    assert code in page
    assert "For your birthday, for you alone" in page
    link = f"/discount/{code}?next=/account/coupons"
    assert link in page
    assert browser.get(link).status_code == 302
    # The code waits for a cart, and the cart is its owner's before it counts.
    tea = factories.variant_of(factories.product(price=10000))
    browser.post("/cart/add", {"variant": tea.pk})
    cart = Cart.objects.get()
    assert (cart.customer_id, cart.codes) == (customer.pk, [code])
    stranger = Client()
    refused = stranger.get(f"/discount/{code}")
    assert refused.status_code == 422
    assert "登录" in unescape(refused.content.decode())


def test_what_is_taken_in_the_coupon_centre_is_among_ones_coupons() -> None:
    services.save_with_code(
        draft=PromotionDraft(
            name="九折", rules=TEN, needs_code=True, is_listed=True, ends_at=now() + timedelta(days=3)
        ),
        code="SAVE10",
        actor=factories.ACTOR,
    )
    reset_caches()
    customer = people.member()
    browser = browser_of(customer)
    assert "SAVE10" not in words(browser, "/account/coupons")
    browser.get("/discount/SAVE10")
    assert Taken.objects.get().customer_id == customer.pk
    assert "SAVE10" in words(browser, "/account/coupons")
    # A visitor keeps it in the browser alone.
    Client().get("/discount/SAVE10")
    assert Taken.objects.count() == 1
