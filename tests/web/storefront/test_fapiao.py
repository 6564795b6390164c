"""A shopper asks for a fapiao on the order's page and takes it from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.fapiao.services import save_settings
from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.storefront.test_buying import CHINA, fill

pytestmark = pytest.mark.django_db


def test_ask_correct_and_download(client: Client) -> None:
    factories.shop()
    order = factories.order(paid=True)
    page, form = f"/orders/{order.token}", f"/orders/{order.token}/fapiao"
    assert form not in client.get(page).content.decode()
    assert client.get(form).status_code == 303
    save_settings(is_offered=True, days=5, actor="user:1")
    reset_caches()
    assert form in client.get(page).content.decode()
    drawn = client.post(form, {"title_kind": "company", "refresh": "1", "title": "青舍"}).content.decode()
    assert 'name="tax_number"' in drawn
    assert 'value="青舍"' in drawn
    assert not FapiaoRequest.objects.exists()
    wish = {"title_kind": "company", "title": "青舍", "email": "cai@example.com", "save": "1"}
    for wrong in ({"tax_number": "123"}, {"tax_number": "9" * 10_000}, {"title_kind": "x"}, {"email": ""}):
        refused = client.post(form, {**wish, "tax_number": "91110000600037341L", **wrong})
        assert refused.status_code == 422
    assert "请填写" in refused.content.decode()
    assert client.post(form, {**wish, "tax_number": "91110000600037341L"})["Location"].endswith("#fapiao")
    assert "5 天内开具" in client.get(page).content.decode()
    # Until one is issued it can be changed.
    assert client.post(form, {**wish, "title_kind": "person", "title": "林晓"}).status_code == 303
    request = FapiaoRequest.objects.get()
    assert (request.title, request.tax_number) == ("林晓", "")
    paper = factories.fapiao(order)
    file = f"{form}/{paper.pk}"
    shown = client.get(page).content.decode()
    assert file in shown
    assert paper.number in shown
    got = client.get(file)
    assert b"".join(got.streaming_content) == b"%PDF-1.7"  # type: ignore[attr-defined]
    assert "attachment" in got["Content-Disposition"]
    other = factories.order()
    assert client.get(f"/orders/{other.token}/fapiao/{paper.pk}").status_code == 404
    assert client.get(f"{form}/{10**30}").status_code == 404
    assert client.post(form, {**wish, "title_kind": "person"}).status_code == 303
    assert FapiaoRequest.objects.get().title == paper.title


def test_orders_in_other_currencies_have_none(client: Client) -> None:
    factories.shop()
    save_settings(is_offered=True, actor="user:1")
    reset_caches()
    order = factories.order(market_code="int")
    assert "/fapiao" not in client.get(f"/orders/{order.token}").content.decode()
    assert client.get(f"/orders/{order.token}/fapiao").status_code == 303


@pytest.mark.django_db(transaction=True)
def test_wanted_in_the_checkout_and_remembered_for_the_account() -> None:
    """Without JavaScript: tick, show the fields, buy; the next time the fields are filled in."""
    factories.shop()
    save_settings(is_offered=True, actor="user:1")
    reset_caches()
    browser = Client()
    browser.force_login(User.objects.create_user(email="cai@example.com"))
    chair = factories.variant_of(factories.product())

    def bought(**fapiao: str) -> tuple[int, str]:
        browser.post("/cart/add", {"product": chair.product_id, "variant": chair.pk, "quantity": "1"})
        form = fill(browser, "", CHINA)
        answer = browser.post("/checkout", form | fapiao)
        return answer.status_code, answer.content.decode()

    asked = {"fapiao": "1", "fapiao_title_kind": "company", "fapiao_title": "青舍", "fapiao_email": "cai@example.com"}
    status, html = bought(**asked, fapiao_tax_number="123", contact="")
    assert status == 422
    assert 'href="#f-fapiao_tax_number"' in html
    assert 'href="#f-contact"' in html, "all that is wrong is named at once"
    assert 'value="青舍"' in html
    assert not Order.objects.exists()
    status, _ = bought(**asked, fapiao_tax_number="91110000600037341L", fapiao_kind="special")
    assert status == 303
    first = FapiaoRequest.objects.get()
    assert (first.title, first.kind, first.state) == ("青舍", "special", "waiting")
    # Whoever does not want one is asked for nothing.
    assert bought(fapiao_tax_number="123")[0] == 303
    assert FapiaoRequest.objects.count() == 1
    browser.post("/cart/add", {"product": chair.product_id, "variant": chair.pk, "quantity": "1"})
    ticked = browser.post("/checkout", {**CHINA, "fapiao": "1", "refresh": "1"}).content.decode()
    assert 'value="91110000600037341L"' in ticked
    # The order's page fills in the same for its buyer, and nothing for others who have its address.
    other = Order.objects.exclude(pk=first.order_id).get()
    form = f"/orders/{other.token}/fapiao"
    assert "91110000600037341L" in browser.get(form).content.decode()
    assert "青舍" not in Client().get(form).content.decode()


def test_every_form_that_is_drawn_anew_has_the_script_that_does_so(client: Client) -> None:
    """Choosing a company shows the field for its tax number at once."""
    factories.shop()
    order = factories.order(paid=True)
    save_settings(is_offered=True, days=5, actor="user:1")
    reset_caches()
    assert "checkout.js" in client.get(f"/orders/{order.token}/fapiao").content.decode()
    folder = Path(__file__).parents[3] / "themes/celadon"
    kinds = next(
        line for line in (folder / "layout/theme.html").read_text().splitlines() if 'asset_url("checkout.js")' in line
    )
    drawn = [path.stem for path in (folder / "templates").glob("*.html") if "data-reload" in path.read_text()]
    assert len(drawn) >= 3
    assert [stem for stem in drawn if f'"{stem}"' not in kinds] == []
