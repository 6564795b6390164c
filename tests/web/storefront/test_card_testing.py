"""Stolen cards are not tested here: who tries too often shows that they are a person, then nothing goes on."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from duli.base.errors import InvalidInput
from duli.commerce.orders.models import Order
from duli.commerce.payments import guard, services
from duli.commerce.payments.gateway import GatewayEvent
from duli.commerce.payments.models import PaymentAlarm, PaymentAttempt, PaymentCollection
from duli.commerce.payments.states import AttemptState
from duli.growth.notifications.models import Notice
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.plugins.card_page import SECRET, CardPageProvider
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db
CARD = "sandbox_card"


@pytest.fixture(scope="module")
def provider() -> CardPageProvider:
    return CardPageProvider()


@pytest.fixture
def order(db: None, provider: CardPageProvider) -> Order:
    factories.shop()
    services.save_gateway(code=CARD, enabled=True, values={"base_url": provider.url, "secret": SECRET})
    return factories.order(method=CARD)


def pay(order: Order, number: int, address: str = "203.0.113.5") -> str:
    """Press the button, and return where it leads."""
    answer = Client().post(f"/orders/{order.token}/pay", {"attempt": f"try{number}"}, REMOTE_ADDR=address)
    assert answer.status_code == 303
    return str(answer["Location"])


def decline(order: Order, fingerprint: str = "") -> None:
    attempt = PaymentAttempt.objects.filter(collection_id=order.payment_collection_id).latest("pk")
    details = {"fingerprint": fingerprint} if fingerprint else {}
    services.record_event(
        provider=CARD,
        event=GatewayEvent(
            f"declined-{attempt.pk}", "failed", attempt.token, error_code="card_declined", details=details
        ),
    )


def ask(order: Order, address: str = "203.0.113.5") -> Any:
    return Client().get(f"/orders/{order.token}/check", REMOTE_ADDR=address)


def answer(order: Order, page: str, given: str | None = None, address: str = "203.0.113.5") -> Any:
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    question = re.search(r"(\d) \+ (\d)", page)
    assert ticket
    assert question
    right = str(int(question.group(1)) + int(question.group(2)))
    values = {"ticket": ticket.group(1), "answer": given if given is not None else right}
    return Client().post(f"/orders/{order.token}/check", values, REMOTE_ADDR=address)


def test_many_declined_cards_meet_a_question_and_then_an_end(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    check = f"/orders/{order.token}/check"
    for number in range(4):
        assert not pay(order, number).endswith(check)
        decline(order)
    assert pay(order, 5).endswith(check)
    page = ask(order).content.decode()
    wrong = answer(order, page, "0")
    assert wrong.status_code == 422
    assert answer(order, page).status_code == 422, "each question lets through once"
    for _number in range(8):
        page = ask(order).content.decode()
        assert not answer(order, page)["Location"].endswith(check)
        decline(order)
    with caplog.at_level(logging.WARNING, logger="duli.payments"):
        assert pay(order, 20).endswith(check)
    refused = ask(order)
    assert refused.status_code == 429
    assert 'name="ticket"' not in refused.content.decode()
    assert answer(order, page).status_code == 429
    assert PaymentAttempt.objects.count() == 12
    pay(order, 21)
    factories.drain()
    assert PaymentAlarm.objects.count() == 1
    assert Notice.objects.get(kind="card_testing").data == {"kind": "order", "count": 12}
    assert order.email not in caplog.text
    assert "203.0.113.5" not in caplog.text
    url = f"/api/v1/orders/{order.token}/payment"
    api = Client().post(url, {}, content_type="application/json", REMOTE_ADDR="203.0.113.5")
    assert api.status_code == 429
    assert "too_many_payments" in api.content.decode()


def attempts(order: Order, count: int, **values: str) -> None:
    """Failed tries of somebody, as rows."""
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    for number in range(count):
        PaymentAttempt.objects.create(
            collection=collection,
            gateway=CARD,
            token=f"{order.pk}-{number}-{'-'.join(values)}",
            idempotency_key=f"{order.pk}-{number}-{'-'.join(values)}",
            amount_minor=100,
            state=AttemptState.FAILED,
            created_at=collection.created_at,
            **values,
        )


def standing(order: Order, email: str = "new@example.com", address: str = "198.51.100.1") -> guard.Verdict:
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    return guard.verdict(collection, email=email, address=address)


def test_other_orders_of_the_same_person_or_place_count(order: Order) -> None:
    other = factories.order(method=CARD)
    attempts(other, 5, email_key=guard.key_of("email", "Thief@example.com"))
    assert standing(order).level == "open"
    assert standing(order, email="thief@EXAMPLE.com ").kind == "email"
    third = factories.order(method=CARD)
    attempts(third, 30, address_key=guard.key_of("address", "203.0.113.9"))
    assert standing(order, address="203.0.113.9") == guard.Verdict("refused", "address", 30)


def test_one_card_over_many_people(order: Order) -> None:
    for place in range(4):
        other = factories.order(method=CARD)
        pay(other, 1, address=f"192.0.2.{place}")
        decline(other, fingerprint="fp_stolen")
    assert standing(order).level == "open"
    assert standing(order, email=order.email).kind == "card"
    assert standing(order, address="192.0.2.3").kind == "card"
    assert pay(order, 1, address="192.0.2.99").endswith("/check")
    keys = set(PaymentAttempt.objects.values_list("card_key", flat=True))
    assert keys == {guard.key_of("card", "fp_stolen")}


def test_an_hour_later_it_is_forgotten(order: Order) -> None:
    from datetime import timedelta

    attempts(order, 12)
    assert standing(order).level == "refused"
    PaymentAttempt.objects.update(created_at=PaymentAttempt.objects.latest("pk").created_at - timedelta(hours=1))
    assert standing(order).level == "open"


def test_normally_it_is_one_statement(order: Order, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    guard.try_limits()
    with django_assert_num_queries(1):
        guard.verdict(collection, email="a@example.com", address="203.0.113.5")


def test_a_transfer_is_never_stopped(order: Order) -> None:
    transfer = factories.order()
    attempts(transfer, 30)
    assert services.start(collection_id=transfer.payment_collection_id or 0, idempotency_key="k")


def test_who_is_not_asked_is_sent_back(order: Order) -> None:
    assert ask(order)["Location"].endswith(f"/orders/{order.token}")
    attempts(order, 4)
    page = ask(order).content.decode()
    other = factories.order(method=CARD)
    attempts(other, 4)
    assert answer(other, page).status_code == 422, "a ticket is for its own order"
    forged = Client().post(f"/orders/{order.token}/check", {"ticket": "x" * 10_000, "answer": "4"})
    assert forged.status_code == 422


def test_the_merchant_sets_the_limits_and_sees_when_they_were_reached(order: Order) -> None:
    owner_client = Client()
    owner_client.force_login(member("owner"), backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("backoffice:settings_tries")
    page = owner_client.get(url)
    assert "Nobody was refused" in page.content.decode()
    values = page.context["form"].initial
    assert owner_client.post(url, {**values, "refuse_factor": 0}).status_code == 422
    sent = {**values, "order_failures": 1, "refuse_factor": 2}
    assert owner_client.post(url, sent).status_code == 302
    reset_caches()
    assert standing(order).level == "open"
    attempts(order, 1)
    assert standing(order).level == "challenge"
    attempts(order, 2, device="phone")
    pay(order, 9)
    page = owner_client.get(url)
    assert [row["count"] for row in page.context["alarms"]] == [3]
    assert "One order" in page.content.decode()
    with pytest.raises(InvalidInput):
        services.save_limits(limits=services.NewLimits(-1, 0, 0, 0, 0, 0, 0, 1), actor="user:1")
