"""Back from the provider's page, before the order itself has heard of the money: nobody is asked to pay again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from duli.commerce.payments import services
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.plugins.card_page import CardPageProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(settings: Settings) -> Iterator[CardPageProvider]:
    provider = CardPageProvider()
    settings.PUBLIC_URL = provider.mailbox.url
    yield provider
    provider.shut_down()


@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_who_has_just_paid_is_thanked_at_once(page: CardPageProvider, capture: str) -> None:
    factories.shop()
    values = {**page.values(), "capture": capture}
    services.save_gateway(code="sandbox_card", enabled=True, values=values)
    reset_caches()
    order = factories.order(method="sandbox_card")
    assert order.payment_collection is not None
    page.pay(order.payment_collection, services.start(collection_id=order.payment_collection.pk, idempotency_key="k"))
    services.return_from_gateway(token=order.payment_collection.attempts.get().token)
    # The event that tells the order waits for the worker.
    order.refresh_from_db()
    assert order.payment_state == "unpaid"
    shown = Client().get(f"/orders/{order.token}").content.decode()
    assert 'id="pay"' not in shown
    assert shown.count('class="done"') == 2
