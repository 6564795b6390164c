"""How many statements a sale sends once the shop has been open for a while."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duli.commerce.catalogue.models import Product
from duli.platform.jobs import worker
from tests.web.storefront.test_buying import CHINA, fill

pytestmark = pytest.mark.django_db(transaction=True)

# SQLite counts its BEGIN as well. One more than is sent: any of them may be the one that looks for marks of change.
MOST = {"product": 3, "add": 8, "cart": 6, "checkout": 6, "place": 21, "order": 11, "jobs": 32}


def buy(chair: Product) -> dict[str, int]:
    """Buy one and return how many statements each step sent."""
    browser, sent = Client(), {}
    variant, option = chair.variants.order_by("pk")[0], chair.options.get()

    def step(name: str, method: str, path: str, data: dict[str, str] | None = None) -> str:
        with CaptureQueriesContext(connection) as captured:
            answer = getattr(browser, method)(path, data)
        assert answer.status_code in {200, 303}
        sent[name] = len(captured)
        return answer.headers.get("Location", "")

    step("product", "get", f"/products/{chair.handle}")
    chosen = {"product": str(chair.pk), f"o{option.pk}": str(variant.option_value_ids[0]), "quantity": "1"}
    step("add", "post", "/cart/add", chosen)
    step("cart", "get", "/cart")
    step("checkout", "get", "/checkout")
    order = step("place", "post", "/checkout", fill(browser, "", CHINA))
    assert "/orders/" in order
    step("order", "get", order)
    with CaptureQueriesContext(connection) as captured:
        worker.drain()
    sent["jobs"] = len(captured)
    return sent


def test_a_sale_sends_few_statements(chair: Product) -> None:
    worker.drain()
    for _ in range(2):
        buy(chair)
    sent = buy(chair)
    assert {name: count for name, count in sent.items() if count > MOST[name]} == {}
    assert sum(sent.values()) <= 82
