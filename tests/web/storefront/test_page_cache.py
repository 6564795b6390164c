from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.commerce.catalogue import services as catalogue
from duli.commerce.inventory import services as inventory
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.growth.content.services import save_page
from duli.platform.store.services import save_store
from duli.platform.themes.services import save_settings
from tests import factories
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_PAGE_CACHE", "1")


@pytest.fixture
def item():
    factories.shop()
    return factories.product("软垫单椅", price=91000, stock=9, handle="chair")


def get(browser: Browser, path: str) -> str:
    return browser.get(path).content.decode()


def test_the_second_look_costs_no_statement(browser: Browser, item) -> None:
    first = browser.get("/products/chair")
    with CaptureQueriesContext(connection) as queries:
        second = browser.get("/products/chair")
    assert len(queries) == 0
    assert second.content == first.content
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    assert not second.cookies
    assert not first.cookies


def test_a_browser_that_has_the_page_is_told_so(browser: Browser, item) -> None:
    etag = browser.get("/products/chair").headers["ETag"]
    again = browser.get("/products/chair", headers={"if-none-match": etag})
    assert again.status_code == 304
    assert not again.content


def test_a_new_price_shows_at_once(browser: Browser, item) -> None:
    for path in ("/", "/collections/all", "/products/chair"):
        assert "¥910" in get(browser, path)
    pricing.set_prices(prices=[PriceInput(factories.variant_of(item).pk, "CNY", 88800)])
    for path in ("/", "/collections/all", "/products/chair"):
        assert "¥888" in get(browser, path)
        assert "¥910" not in get(browser, path)


def test_stock_shows_at_once(browser: Browser, item) -> None:
    assert "有货" in get(browser, "/products/chair")
    for units, words in ((3, "仅剩 3 件"), (0, "暂时售罄")):
        inventory.adjust(
            variant_id=factories.variant_of(item).pk, location_id=factories.location().pk, counted=units,
            reason="counted", actor="user:1",
        )  # fmt: skip
        assert words in get(browser, "/products/chair")
    assert "暂时售罄" in get(browser, "/collections/all")


def test_texts_categories_pages_identity_and_settings_show_at_once(browser: Browser, item) -> None:
    get(browser, "/")
    catalogue.save_category(name="新分类", actor="user:1")
    assert "新分类" in get(browser, "/")
    save_page(title="品牌故事", handle="story", menu="about")
    assert "品牌故事" in get(browser, "/")
    save_store(name="另一家店")
    assert "另一家店" in get(browser, "/")
    save_settings(code="celadon", values={"announcement": "今天歇业"})
    assert "今天歇业" in get(browser, "/")
    catalogue.set_product_status(product_ids=[item.pk], status="draft", actor="user:1")
    assert browser.get("/products/chair").status_code == 404
    assert "软垫单椅" not in get(browser, "/collections/all")


def test_languages_and_queries_are_kept_apart(browser: Browser, item) -> None:
    assert 'lang="zh-Hans"' in get(browser, "/products/chair")
    assert 'lang="en"' in get(browser, "/en/products/chair")
    assert "1 件商品" in get(browser, "/collections/all")
    assert "0 件商品" in get(browser, "/collections/all?min=99999")


def test_a_shopper_with_a_cart_is_not_shown_somebody_elses_page(browser: Browser, item) -> None:
    get(browser, "/")
    browser.post("/cart/add", {"variant": factories.variant_of(item).pk, "quantity": 3})
    html = get(browser, "/")
    assert "data-cart-count>3<" in html
    assert "data-cart-count hidden>0<" in get(Browser(), "/")


def test_it_can_be_switched_off(browser: Browser, item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_PAGE_CACHE", "0")
    assert "ETag" not in browser.get("/products/chair").headers
