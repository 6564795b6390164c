"""Providers to practise on inside the demo's own process: gateway and stand-in find each other without settings."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from config import demo_stand_ins
from duli.commerce.payments.gateway import GatewayConfig
from duli.plugins.payment_paypal.setup import account_of as paypal_account_of
from duli.plugins.payment_paypal.setup import certificate_origins
from duli.plugins.payment_stripe.setup import account_of, webhook_secrets

pytestmark = [pytest.mark.django_db, pytest.mark.urls("config.demo_stand_ins")]

PRACTICE = GatewayConfig("stripe", {"secret_key": "sk_test_practice", "webhook_secret": "whsec_any"}, test_mode=True)


@pytest.fixture
def browser(settings: Settings, tmp_path: Path) -> Iterator[Client]:
    settings.DATA_DIR = tmp_path
    settings.PUBLIC_URL = "http://shop.example"
    settings.DEMO = True
    for make in demo_stand_ins.STAND_INS.values():
        make.cache_clear()  # type: ignore[attr-defined]
    yield Client(enforce_csrf_checks=True)
    for make in demo_stand_ins.STAND_INS.values():
        make.cache_clear()  # type: ignore[attr-defined]


def test_stripe_is_practised_inside_the_shop(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    account = account_of(PRACTICE)
    assert account.base_url == "http://shop.example/sandbox-stripe"
    form = {
        "mode": "payment",
        "success_url": "http://shop.example/back",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "cny",
        "line_items[0][price_data][unit_amount]": "500",
        "line_items[0][price_data][product_data][name]": "1001",
        "client_reference_id": "attempt",
    }
    answer = browser.post(
        "/sandbox-stripe/v1/checkout/sessions",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {account.secret_key}"},
    )
    session = json.loads(answer.content)
    assert session["url"].startswith("http://shop.example/sandbox-stripe/c/pay/")
    address = session["url"].removeprefix("http://shop.example")
    assert 'href="/sandbox-stripe/style.css"' in browser.get(address).content.decode()
    application = demo_stand_ins.stripe()
    monkeypatch.setattr(application.ledger, "notify", lambda: None)  # type: ignore[attr-defined]
    paid = browser.post(address, "test_card=4242424242424242", content_type="application/x-www-form-urlencoded")
    assert (paid.status_code, paid["Location"]) == (303, "http://shop.example/back")
    [row, *_] = application.ledger.store.due_messages()  # type: ignore[attr-defined]
    assert row["url"] == "http://shop.example/payments/stripe/webhook"
    headers = application.headers(json.loads(row["context"]), row["body"].encode())  # type: ignore[attr-defined]
    from duli.plugins.payment_stripe.client import verify

    verify(webhook_secrets(PRACTICE), row["body"].encode(), headers["Stripe-Signature"])


def test_paypal_is_practised_inside_the_shop(browser: Client) -> None:
    config = GatewayConfig("paypal", {"client_id": "practice", "webhook_id": "practice"}, test_mode=True)
    account = paypal_account_of(config)
    assert account.base_url == "http://shop.example/sandbox-paypal"
    assert certificate_origins(config) == ("http://shop.example",)
    basic = base64.b64encode(f"{account.client_id}:{account.client_secret}".encode()).decode()
    answer = browser.post("/sandbox-paypal/v1/oauth2/token", headers={"Authorization": f"Basic {basic}"})
    token = json.loads(answer.content)["access_token"]
    amount = {"currency_code": "USD", "value": "5.00"}
    context = {"return_url": "http://shop.example/back", "cancel_url": "http://shop.example/back"}
    wanted = {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": amount}],
        "payment_source": {"paypal": {"experience_context": context}},
    }
    answer = browser.post(
        "/sandbox-paypal/v2/checkout/orders",
        json.dumps(wanted),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    links = {link["rel"]: link["href"] for link in json.loads(answer.content)["links"]}
    page = browser.get(links["payer-action"].removeprefix("http://shop.example"))
    assert "USD 5.00" in page.content.decode()


def test_practice_key_outside_a_demo_reaches_nobody_else(settings: Settings) -> None:
    settings.DEMO = False
    assert account_of(PRACTICE).base_url == "https://api.stripe.com"
    assert webhook_secrets(PRACTICE) == ("whsec_any",)


def test_strangers_and_giants(browser: Client) -> None:
    for name in ("sandbox-stripe", "sandbox-paypal"):
        assert browser.get(f"/{name}/nothing").status_code == 404
        huge = b"x" * 300_000
        refused = browser.post(f"/{name}/v1/refunds", huge, content_type="application/json")
        assert refused.status_code in {401, 404, 413}
    refused = browser.post("/sandbox-stripe/v1/refunds", b"", content_type="application/x-www-form-urlencoded")
    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("code", "base_url"),
    [("alipay", "/sandbox-alipay/gateway.do"), ("wechat_pay", "/sandbox-wechatpay"), ("antom", "/sandbox-antom")],
)
def test_wallets_are_practised_inside_the_shop(
    browser: Client, monkeypatch: pytest.MonkeyPatch, code: str, base_url: str
) -> None:
    """The gateway's own requests, handed to the shop's address instead of over the network, prove the keys."""
    import httpx2

    from duli.commerce.payments.gateway import ChecksConnection, gateways
    from duli.plugins import outward

    def through_the_shop(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "shop.example"
        given = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        answer = browser.generic(
            request.method,
            request.url.raw_path.decode(),
            request.content,
            content_type=given.get("content-type", ""),
            headers=given,
        )
        return httpx2.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)

    inside = httpx2.Client(transport=httpx2.MockTransport(through_the_shop))
    for module in ("alipay", "wechatpay", "antom"):
        monkeypatch.setattr(f"duli.plugins.payment_{module}.client.client", lambda: inside)
    assert outward.absolute(base_url).startswith("http://shop.example/sandbox-")
    values = {**demo_stand_ins.practice_values(code), "base_url": base_url}
    gateway = gateways.get(code)
    assert isinstance(gateway, ChecksConnection)
    assert gateway.check(GatewayConfig(code, values, test_mode=True))
    # The keys are kept: a shop that was set up before goes on after a restart.
    for make in demo_stand_ins.STAND_INS.values():
        make.cache_clear()  # type: ignore[attr-defined]
    assert demo_stand_ins.practice_values(code)["private_key"] == values["private_key"]
    assert gateway.check(GatewayConfig(code, values, test_mode=True))
    assert demo_stand_ins.practice_values("stripe") == {}


def test_the_language_model_is_practised_inside_the_shop(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the demo sets up is enough: address, key and names of models, and the stand-in knows the demo's words."""
    import httpx2

    from config.environment import ROOT
    from duli.platform.language_models.provider import ModelConfig, Question, providers

    def through_the_shop(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "shop.example"
        answer = browser.generic(
            request.method,
            request.url.raw_path.decode(),
            request.content,
            content_type="application/json",
            headers={"Authorization": request.headers["authorization"]},
        )
        return httpx2.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)

    inside = httpx2.Client(transport=httpx2.MockTransport(through_the_shop))
    monkeypatch.setattr("duli.plugins.ai_openai.client.client", lambda: inside)
    about = json.loads((ROOT / "demo" / "shop.json").read_text())["language_model"]
    model, config = providers.get(about["code"]), ModelConfig(about["code"], about["values"])
    assert model.check(config) == "practice-writer, practice-eyes"
    fields = ["title", "description_html"]
    texts = {"title": "Grey fabric sofa", "description_html": "<p>Soft to sink into, easy to get up from.</p>"}
    asked = {"task": "translate", "language": "zh-hans", "source": "en", "fields": fields, "texts": texts}
    assert json.loads(model.ask(Question("Translate.", json.dumps(asked)), config).text) == {
        "title": "灰色织物沙发",
        "description_html": "<p>坐下去是软的，站起来又不费力。</p>",
    }
    # A photograph may be larger than what the other stand-ins take, but not endless.
    path = "/sandbox-language-model/v1/chat/completions"
    headers = {"Authorization": f"Bearer {about['values']['key']}"}
    for size, status in ((1_900_000, 400), (2_200_000, 413)):
        assert browser.post(path, b"x" * size, content_type="application/json", headers=headers).status_code == status
    # Streams come in one piece here, and whole.
    streamed = {"model": "practice-writer", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
    answer = browser.post(path, json.dumps(streamed), content_type="application/json", headers=headers)
    assert answer["Content-Type"] == "text/event-stream"
    assert answer.content.endswith(b"data: [DONE]\n\n")
