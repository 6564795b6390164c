"""Recently viewed: the browser keeps the list, the server draws the cards."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.commerce.catalogue.models import Product
from tests import factories
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db


def test_cards_come_in_the_order_asked_for_and_in_the_readers_language(browser: Browser, chair: Product) -> None:
    tea = factories.product("龙井", texts={"en": {"title": "Longjing"}})
    html = browser.get(f"/en/recent?ids={tea.pk},{chair.pk}").content.decode()
    assert html.index("Longjing") < html.index("Padded chair")
    assert "Recently viewed" in html
    assert "<html" not in html


@pytest.mark.parametrize("ids", ["", "0", "x,-1,²", "9" * 40, ",".join(["5"] * 400), "1%00"])
def test_nonsense_and_nothing_is_an_empty_answer(browser: Browser, shop: None, ids: str) -> None:
    response = browser.get(f"/recent?ids={ids}")
    assert response.status_code == 200
    assert response.content.strip() == b""


def test_what_is_not_on_sale_any_more_is_left_out(browser: Browser, chair: Product) -> None:
    draft = factories.product("草稿", status="draft")
    html = browser.get(f"/recent?ids={draft.pk},{chair.pk}").content.decode()
    assert html.count('class="card"') == 1


def test_the_pages_are_the_same_for_everybody(browser: Browser, chair: Product) -> None:
    for path in ("/", "/products/chair", "/cart"):
        html = browser.get(path).content.decode()
        assert '<section class="wrap sec recent" data-recent="/recent" aria-label="最近看过" hidden></section>' in html
    assert f'data-product="{chair.pk}"' in browser.get("/products/chair").content.decode()


def test_it_costs_the_same_for_one_and_for_eight(browser: Browser, shop: None) -> None:
    items = [factories.product() for _ in range(9)]
    browser.get(f"/recent?ids={items[8].pk}")
    counts = []
    for chosen in (items[:1], items[1:8]):
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/recent?ids={','.join(str(item.pk) for item in chosen)}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
