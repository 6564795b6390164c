"""What is struck through, and what is said beside it (30-day lowest price)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.clock import frozen, now
from duli.commerce.catalogue.models import Product
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.platform.store.services import save_market
from tests import factories
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "Lowest price in the 30 days before: $80"
PATHS = ("/en/products/chair", "/en/collections/all")


@pytest.fixture(autouse=True)
def item(db: None) -> Product:
    """It cost $100, then $80 for a week, then $100; now it is to be lowered."""
    today = now()
    with frozen(today - timedelta(days=70)):
        factories.shop()
        chair = factories.product("Chair", handle="chair", sizes=["S", "L"])
    for days, minor in ((60, 10000), (20, 8000), (13, 10000)):
        put(chair, minor, at=today - timedelta(days=days))
    return chair


def put(item: Product, minor: int, former: int | None = None, *, at=None) -> None:
    entries = [PriceInput(variant.pk, "USD", minor, former) for variant in item.variants.all()]
    with frozen(at or now()):
        pricing.set_prices(prices=entries)


def text(browser: Browser, path: str) -> str:
    return browser.get(path).content.decode()


def test_a_saving_is_counted_from_the_lowest_of_thirty_days(browser: Browser, item: Product) -> None:
    put(item, 6000, 15000)
    product, listing = (text(browser, path) for path in PATHS)
    for page in (product, listing):
        assert NOTE in page
        assert "$80</s>" in page
        assert "$150" not in page
    assert "Save 25%" in product


def test_what_is_not_lower_than_that_is_no_reduction(browser: Browser, item: Product) -> None:
    put(item, 9000, 15000)
    for path in PATHS:
        page = text(browser, path)
        assert "$90" in page
        assert "</s>" not in page
        assert "30 days before" not in page


def test_a_market_may_leave_it_to_the_merchant(browser: Browser, item: Product) -> None:
    put(item, 9000, 15000)
    save_market(code="int", checks_reductions=False)
    page = text(browser, PATHS[0])
    assert "$150</s>" in page
    assert "Save 40%" in page
    assert "30 days before" not in page
    save_market(code="int", checks_reductions=None, countries=["US"])
    assert "$150</s>" in text(browser, PATHS[0])
    save_market(code="int", checks_reductions=None, countries=["US", "DE"])
    assert "</s>" not in text(browser, PATHS[0])
