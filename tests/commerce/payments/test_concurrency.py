"""Several workers at once, each with its own connection, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection
from pytest_django import Settings

from duli.base.money import Money
from duli.commerce.payments import services
from duli.commerce.payments.gateway import Redirect, Step
from duli.commerce.payments.models import PaymentCollection, PaymentEvent, Refund
from duli.commerce.payments.states import CollectionState
from duli.commerce.payments.types import RefundTooLarge
from duli.platform.events.models import Event
from duli.platform.jobs import worker
from tests.plugins.card_page import CardPageProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]

WORKERS = 6
T = TypeVar("T")


def together(verb: Callable[[int], T]) -> list[T]:
    """Call `verb` in all threads at the same moment and return what each got."""
    barrier = Barrier(WORKERS)

    def run(number: int) -> T:
        barrier.wait()
        try:
            return verb(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


@pytest.fixture
def provider(transactional_db: None, settings: Settings) -> Iterator[CardPageProvider]:
    provider = CardPageProvider()
    settings.PUBLIC_URL = provider.mailbox.url
    services.save_gateway(code="sandbox_card", enabled=True, values=provider.values())
    yield provider
    provider.shut_down()


@pytest.fixture
def collection(provider: CardPageProvider) -> PaymentCollection:
    return services.open_collection(
        reference="order:1", amount=Money(900, "CNY"), method_code="sandbox_card", return_url="/o", language="en"
    )


def start(collection: PaymentCollection, key: str = "k") -> Step:
    return services.start(collection_id=collection.pk, idempotency_key=key)


def test_started_by_all_is_started_once(provider: CardPageProvider, collection: PaymentCollection) -> None:
    steps = together(lambda number: start(collection, f"key {number}"))
    assert len(set(steps)) == 1
    assert isinstance(steps[0], Redirect)
    assert collection.attempts.count() == 1


def test_told_and_asked_by_all_counts_once(provider: CardPageProvider, collection: PaymentCollection) -> None:
    provider.pay(collection, start(collection))
    [(body, headers)] = provider.messages(1)
    token = collection.attempts.get().token

    def hear(number: int) -> None:
        if number % 2:
            services.return_from_gateway(token=token)
        else:
            event_id = services.receive_webhook(provider="sandbox_card", body=body, headers=headers)
            services.process_event(event_id=event_id)

    together(hear)
    worker.drain()
    collection.refresh_from_db()
    assert (collection.captured_minor, collection.state) == (900, CollectionState.CAPTURED)
    assert Event.objects.filter(name="payments.captured").count() == 1
    assert PaymentEvent.objects.count() == 2


def test_refunds_by_all_never_exceed_what_was_paid(provider: CardPageProvider, collection: PaymentCollection) -> None:
    provider.pay(collection, start(collection))
    services.return_from_gateway(token=collection.attempts.get().token)

    def refund(number: int) -> str:
        try:
            services.refund(
                collection_id=collection.pk,
                amount=Money(400, "CNY"),
                actor="user:1",
                # Half of them press the same button twice.
                idempotency_key=f"r{number // 2}",
            )
        except RefundTooLarge:
            return "refused"
        return "refunded"

    assert sorted(together(refund)) == ["refunded"] * 4 + ["refused"] * 2
    collection.refresh_from_db()
    assert collection.refunded_minor == 800
    assert Refund.objects.count() == 2
