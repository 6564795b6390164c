"""API tokens and webhooks as staff set them up."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.base.clock import frozen, now
from duli.growth.webhooks import services
from duli.growth.webhooks.models import Delivery, Endpoint
from duli.platform.tokens.models import ApiToken
from tests import factories
from tests.growth.webhooks.receiver import receiver
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def address(name: str, *arguments: int) -> str:
    return reverse(f"backoffice:{name}", args=arguments)


def secret_of(html: str) -> str:
    found = re.search(r'data-copy="([^"]+)"', html)
    assert found
    return found[1]


def test_a_token_is_shown_once_works_and_is_ended(owner: Client) -> None:
    made = owner.post(address("settings_token_new"), {"name": "ERP", "lifetime": "90", "scopes": ["orders.view"]})
    text = secret_of(made.content.decode())
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("ERP", ["orders.view"])
    assert token.expires_at is not None
    assert timedelta(days=89) < token.expires_at - now() < timedelta(days=91)
    page = owner.get(address("settings_tokens")).content.decode()
    assert "ERP" in page
    assert text not in page
    call = {"headers": {"Authorization": f"Bearer {text}"}}
    assert Client().get("/api/v1/admin/orders", **call).status_code == 200  # type: ignore[arg-type]
    owner.post(address("settings_token_end", token.pk))
    assert Client().get("/api/v1/admin/orders", **call).status_code == 401  # type: ignore[arg-type]
    assert owner.get(address("settings_token_end", 999)).status_code == 404


@pytest.mark.parametrize("data", [{}, {"name": "ERP"}, {"name": "ERP", "scopes": ["orders.explode"]}])
def test_half_a_token_is_not_made_and_the_input_stays(owner: Client, data: dict[str, Any]) -> None:
    response = owner.post(address("settings_token_new"), data)
    assert response.status_code == 422
    assert not ApiToken.objects.exists()
    if "name" in data:
        assert 'value="ERP"' in response.content.decode()


def test_a_webhook_is_set_up_tested_read_and_replayed(owner: Client, settings: Any) -> None:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    with receiver() as box:
        box.answers = [500]
        data = {"url": box.url, "description": "ERP", "kinds": ["order.paid", "order.shipped"]}
        secret = secret_of(owner.post(address("settings_webhook_new"), data).content.decode())
        assert secret.startswith("whsec_")
        endpoint = Endpoint.objects.get()
        assert owner.post(address("settings_webhook_test", endpoint.pk)).status_code == 302
        factories.drain()
        delivery = Delivery.objects.get()
        page = owner.get(address("settings_webhook", endpoint.pk)).content.decode()
        assert "Test message" in page
        assert "Tried again by itself" in page
        detail = owner.get(address("settings_delivery", delivery.pk)).content.decode()
        assert ">500</span>" in detail
        assert delivery.message_id in detail
        box.answers = [200]
        owner.post(address("settings_delivery_resend", delivery.pk))
        factories.drain()
        delivery.refresh_from_db()
        assert delivery.state == "delivered"
        Delivery.objects.update(state="failed", delivered_at=None)
        owner.post(address("settings_webhook_replay", endpoint.pk))
        factories.drain()
        assert len(box.received) == 3
    other = secret_of(owner.post(address("settings_webhook_secret", endpoint.pk)).content.decode())
    assert other != secret
    owner.post(address("settings_webhook_edit", endpoint.pk), {"url": endpoint.url, "kinds": []})
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.kinds) == (False, [])
    assert owner.post(address("settings_webhook_test", endpoint.pk)).status_code == 409
    owner.post(address("settings_webhook_delete", endpoint.pk))
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("url", ["", "http://example.com", "x" * 600, "https://user:pass@example.com"])
def test_a_wrong_address_is_refused_beside_its_field(sign_in: SignIn, url: str) -> None:
    response = sign_in("owner", "zh-hans").post(address("settings_webhook_new"), {"url": url})
    assert response.status_code == 422
    assert not Endpoint.objects.exists()


def test_a_log_costs_the_same_at_one_message_and_at_thirty(owner: Client) -> None:
    endpoint, _ = services.create_endpoint(url="https://example.com/in")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(address("settings_webhook", endpoint.pk)).status_code == 200
        return len(queries)

    services.send_test(endpoint_id=endpoint.pk)
    with frozen(now()):
        cost()
        few = cost()
        for _number in range(30):
            services.send_test(endpoint_id=endpoint.pk)
        assert cost() == few
