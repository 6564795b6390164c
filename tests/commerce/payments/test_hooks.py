"""The addresses that providers call, through HTTP, with the card page's real messages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from duli.base.money import Money
from duli.commerce.payments import services
from duli.commerce.payments.gateway import Step
from duli.commerce.payments.models import PaymentCollection, PaymentEvent
from duli.commerce.payments.states import CollectionState
from duli.platform.jobs import worker
from tests.plugins.card_page import CardPageProvider

pytestmark = [pytest.mark.django_db, pytest.mark.urls("duli.web.storefront.payment_hooks")]

WEBHOOK = "/payments/sandbox_card/webhook"


@pytest.fixture
def provider(db: None, settings: Settings) -> Iterator[CardPageProvider]:
    provider = CardPageProvider()
    settings.PUBLIC_URL = provider.mailbox.url
    services.save_gateway(code="sandbox_card", enabled=True, values=provider.values())
    yield provider
    provider.shut_down()


@pytest.fixture
def collection(provider: CardPageProvider) -> PaymentCollection:
    return services.open_collection(
        reference="order:1",
        amount=Money(900, "CNY"),
        method_code="sandbox_card",
        return_url="/orders/tok?thanks=1",
        language="en",
    )


@pytest.fixture
def step(collection: PaymentCollection) -> Step:
    return services.start(collection_id=collection.pk, idempotency_key="k")


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def send(browser: Client, body: bytes, signature: str, **headers: str) -> tuple[int, dict[str, object]]:
    answer = browser.post(
        WEBHOOK, body, content_type="application/json", headers={"Card-Signature": signature, **headers}
    )
    return answer.status_code, json.loads(answer.content)


def test_message_is_stored_raw_answered_and_processed_later(
    browser: Client, provider: CardPageProvider, collection: PaymentCollection, step: Step
) -> None:
    provider.pay(collection, step)
    [(body, headers)] = provider.messages(1)
    for _ in range(3):
        assert send(browser, body, headers["Card-Signature"], Cookie="session=1") == (200, {"received": True})
    stored = PaymentEvent.objects.get()
    assert bytes(stored.body) == body
    assert stored.headers["card-signature"] == headers["Card-Signature"]
    assert "cookie" not in stored.headers
    assert stored.processed_at is None
    worker.drain()
    collection.refresh_from_db()
    assert collection.state == CollectionState.CAPTURED


def test_what_is_refused(
    browser: Client, provider: CardPageProvider, collection: PaymentCollection, step: Step
) -> None:
    provider.pay(collection, step)
    [message] = provider.messages(1)
    signature = message[1]["Card-Signature"]
    assert send(browser, message[0].replace(b"900", b"901"), signature)[0] == 401
    assert send(browser, message[0], "")[0] == 401
    assert send(browser, message[0], "t=1,v1=é")[0] == 401
    assert send(browser, b"x" * (256 * 1024 + 1), signature)[0] == 413
    huge = provider.signed(message, amount=10**30)
    assert send(browser, huge[0], huge[1]["Card-Signature"])[0] == 400
    for odd in ({"amount": "900"}, {"amount": -1}, {"currency": "YUAN"}, {"reference": "a\x00b"}):
        body, headers = provider.signed(message, **odd)
        assert send(browser, body, headers["Card-Signature"])[0] == 400
    assert browser.get(WEBHOOK).status_code == 405
    assert browser.post("/payments/nobody/webhook", b"{}", content_type="application/json").status_code == 404
    assert not PaymentEvent.objects.exists()


def test_coming_back_asks_the_provider_and_believes_no_address(
    browser: Client, provider: CardPageProvider, collection: PaymentCollection, step: Step
) -> None:
    token = collection.attempts.get().token
    answer = browser.get(f"/payments/return/{token}?status=paid")
    assert (answer.status_code, answer["Location"]) == (302, "/orders/tok?thanks=1")
    collection.refresh_from_db()
    assert collection.state == CollectionState.OPEN
    provider.pay(collection, step)
    browser.get(f"/payments/return/{token}?status=failed")
    collection.refresh_from_db()
    assert collection.state == CollectionState.CAPTURED


def test_coming_back_while_the_provider_is_away(
    browser: Client, provider: CardPageProvider, collection: PaymentCollection, step: Step
) -> None:
    token = collection.attempts.get().token
    provider.go_away()
    assert browser.get(f"/payments/return/{token}")["Location"] == "/orders/tok?thanks=1"
    assert services.poll_due() == 1


def test_foreign_token_leads_home(browser: Client, db: None) -> None:
    assert browser.get("/payments/return/nobody")["Location"] == "/"
