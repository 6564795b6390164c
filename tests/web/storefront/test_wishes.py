"""Hearts, the saved list and the bell on the shop's pages, without JavaScript and as scripts ask."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import CartLine
from duli.growth.wishes.models import StockRequest, Wish, WishList
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from tests import factories
from tests.web.storefront.test_signing_in import PASSWORD, sign_in

SAME_SITE = {"sec-fetch-site": "same-origin"}


def test_a_product_is_saved_seen_and_moved_to_the_cart(browser: Client, chair: Product) -> None:
    page = browser.get("/products/chair").content.decode()
    assert 'formaction="/saved/add"' in page
    small = factories.variant_of(chair, 0)
    option = chair.options.get()
    values = {"product": str(chair.pk), f"o{option.pk}": str(option.values.order_by("position")[0].pk)}
    answer = browser.post("/saved/add", values, headers=SAME_SITE)
    assert (answer.status_code, answer["Location"]) == (303, "/saved")
    assert browser.cookies["saved"].value == str(small.pk)
    assert browser.cookies["saved_list"]["httponly"]
    page = browser.get("/saved").content.decode()
    assert "软垫&lt;b&gt;单椅" in page
    assert f'action="/saved/{small.pk}/take"' in page
    # The same list, in the other language and currency.
    assert "Padded chair" in browser.get("/en/saved").content.decode()
    assert browser.post(f"/saved/{small.pk}/take", {}).status_code == 303
    assert CartLine.objects.get().variant_id == small.pk
    assert browser.cookies["saved"].value == ""
    assert "还没有收藏" in browser.get("/saved").content.decode()


def test_a_script_gets_the_sentence_and_the_heart_goes_out_again(browser: Client, chair: Product) -> None:
    variant_id = factories.variant_of(chair, 1).pk
    headers = {"x-fragment": "saved"}
    answer = browser.post("/saved/add", {"variant": variant_id}, headers=headers)
    assert (answer.status_code, answer.content.decode()) == (200, "已放入收藏")
    answer = browser.post("/saved/add", {"variant": variant_id, "remove": "1"}, headers=headers)
    assert answer.content.decode() == "已取消收藏"
    assert browser.cookies["saved"].value == ""
    # What is no number names nothing that is sold, as a number of nothing does.
    for nothing in (10**15, "x" * 10_000):
        assert browser.post("/saved/add", {"variant": nothing}, headers=headers).status_code == 409


def test_a_line_is_put_aside_in_the_cart(browser: Client, chair: Product) -> None:
    small = factories.variant_of(chair, 0)
    browser.post("/cart/add", {"variant": small.pk, "quantity": 2})
    line = CartLine.objects.get()
    assert f'formaction="/cart/lines/{line.pk}/save"' in browser.get("/cart").content.decode()
    answer = browser.post(f"/cart/lines/{line.pk}/save", headers={"x-fragment": "page"})
    page = answer.content.decode()
    assert answer["X-Cart-Count"] == "0"
    assert 'data-say="已放入收藏"' in page
    assert f'action="/saved/{small.pk}/take"' in page
    assert Wish.objects.get().quantity == 2
    # Somebody else's line: nothing happens.
    browser.post(f"/saved/{small.pk}/take", {})
    stranger = Client()
    assert stranger.post(f"/cart/lines/{CartLine.objects.get().pk}/save").status_code == 404
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize("path", ["/saved/add", "/saved/1/take", "/cart/lines/1/save", "/notify"])
def test_forms_of_other_sites_are_refused(browser: Client, chair: Product, path: str) -> None:
    assert browser.post(path, {"variant": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert browser.get(path).status_code == 405
    assert not WishList.objects.exists()


def test_signing_in_brings_the_list_and_signing_out_leaves_it(browser: Client, chair: Product) -> None:
    user = User.objects.create_user(email="lin@example.com", password=PASSWORD, name="林晓")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    small, big = (factories.variant_of(chair, place).pk for place in (0, 1))
    browser.post("/saved/add", {"variant": small})
    sign_in(browser)
    assert WishList.objects.get().customer is not None
    browser.post("/saved/add", {"variant": big})
    assert set(browser.cookies["saved"].value.split(".")) == {str(small), str(big)}
    page = browser.get("/saved").content.decode()
    assert "account-menu" in page
    browser.post("/account/logout/")
    assert browser.cookies["saved_list"].value == ""
    elsewhere = type(browser)()
    sign_in(elsewhere)
    assert set(elsewhere.cookies["saved"].value.split(".")) == {str(small), str(big)}


def test_what_is_sold_out_can_be_waited_for(browser: Client, chair: Product) -> None:
    big = factories.variant_of(chair, 1)
    page = browser.get(f"/products/chair?variant={big.pk}").content.decode()
    assert 'id="notify" action="/notify" method="post" data-notify' in page
    small = browser.get("/products/chair").content.decode()
    assert 'id="notify" action="/notify" method="post" hidden data-notify' in small
    wrong = browser.post("/notify", {"variant": big.pk, "email": "lin"})
    assert wrong.status_code == 422
    # The form comes back with what was typed.
    assert 'value="lin"' in wrong.content.decode()
    answer = browser.post("/en/notify", {"variant": big.pk, "email": "lin@example.com"})
    assert "lin@example.com" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    row = StockRequest.objects.get()
    assert (row.language, row.confirmed_at) == ("en", None)
    assert Mail.objects.get().template == "stock_confirm"
    assert browser.post("/notify", {"variant": factories.variant_of(chair, 0).pk, "email": "a@b.cn"}).status_code == 409


def test_the_link_of_the_mail_confirms_and_deletes_by_a_press_only(chair: Product) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.post("/notify", {"variant": factories.variant_of(chair, 1).pk, "email": "lin@example.com"})
    row = StockRequest.objects.get()
    page = browser.get(f"/notify/{row.token}")
    assert "noindex" in page.content.decode()
    row.refresh_from_db()
    assert row.confirmed_at is None
    assert browser.post(f"/notify/{row.token}", {}).status_code == 403
    csrf = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    assert browser.post(f"/notify/{row.token}", csrf).status_code == 303
    row.refresh_from_db()
    assert row.confirmed_at is not None
    assert browser.post(f"/notify/{row.token}", {**csrf, "stop": "1"}).status_code == 200
    assert not StockRequest.objects.exists()
    assert browser.get(f"/notify/{row.token}").status_code == 404


def test_asking_has_a_limit(browser: Client, chair: Product, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "stock_request": "1/d/key"}
    variant_id = factories.variant_of(chair, 1).pk
    assert browser.post("/notify", {"variant": variant_id, "email": "lin@example.com"}).status_code == 200
    assert browser.post("/notify", {"variant": variant_id, "email": "LIN@example.com"}).status_code == 429


def test_an_order_is_bought_again_from_its_page(browser: Client, chair: Product) -> None:
    small = factories.variant_of(chair, 0)
    order = factories.order(small, quantity=2)
    page = browser.get(f"/orders/{order.token}").content.decode()
    assert f'action="/orders/{order.token}/again"' in page
    answer = browser.post(f"/orders/{order.token}/again")
    assert (answer.status_code, answer["X-Cart-Count"]) == (200, "2")
    assert browser.cookies["cart_count"].value == "2"
    assert "noindex" in answer["X-Robots-Tag"]
    Product.objects.filter(pk=chair.pk).update(status="archived")
    answer = Client().post(f"/orders/{order.token}/again")
    assert "已买不到：软垫&lt;b&gt;单椅" in answer.content.decode()
    assert browser.post("/orders/wrong/again").status_code == 404
    assert Client(enforce_csrf_checks=True).post(f"/orders/{order.token}/again").status_code == 403
