from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from config import demo_card_page
from duli.commerce.payments.gateway import GatewayConfig
from duli.plugins.payment_sandbox.client import sign
from duli.plugins.payment_sandbox.gateway import account_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("config.demo_card_page")]

REQUEST = {
    "reference": "attempt",
    "amount": 500,
    "currency": "CNY",
    "label": "1001",
    "language": "zh-hans",
    "return_url": "http://shop.example/back",
    "webhook_url": "",
    "capture": "automatic",
}


@pytest.fixture
def browser(settings: Settings, tmp_path: Path) -> Iterator[Client]:
    settings.DATA_DIR = tmp_path
    settings.PUBLIC_URL = "http://shop.example"
    demo_card_page.card_page.cache_clear()
    yield Client(enforce_csrf_checks=True)
    demo_card_page.card_page.cache_clear()


def test_gateway_without_settings_reaches_the_page_inside_the_shop(browser: Client) -> None:
    account = account_of(GatewayConfig("sandbox_card"))
    assert account.base_url == "http://shop.example" + demo_card_page.PREFIX
    body, timestamp = json.dumps(REQUEST).encode(), str(int(time.time()))
    signature = sign(account.secret, f"{timestamp}\nPOST\n/v1/sessions\n".encode(), body)
    answer = browser.post(
        "/sandbox-card/v1/sessions",
        body,
        content_type="application/json",
        headers={
            "Card-Merchant": account.merchant,
            "Card-Timestamp": timestamp,
            "Card-Signature": f"v1={signature}",
            "Idempotency-Key": "key",
        },
    )
    assert answer.status_code == 200
    address = json.loads(answer.content)["url"].removeprefix("http://shop.example")
    page = browser.get(address)
    assert 'href="/sandbox-card/style.css"' in page.content.decode()
    paid = browser.post(address, "test_card=paid", content_type="application/x-www-form-urlencoded")
    assert paid.status_code == 303
    assert paid["Location"].startswith("http://shop.example/back?session=")


def test_strangers_and_giants(browser: Client) -> None:
    assert browser.post("/sandbox-card/v1/sessions", b"{}", content_type="application/json").status_code == 401
    huge = b"x" * 70_000
    assert browser.post("/sandbox-card/v1/sessions", huge, content_type="application/json").status_code == 413
    assert browser.get("/sandbox-card/nothing").status_code == 404
