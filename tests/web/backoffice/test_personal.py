"""A role that may not see personal data gets it masked everywhere, and cannot search its way to it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.base.text import mask_contacts
from duli.commerce.customers.models import Customer
from duli.platform.accounts import services
from duli.platform.accounts.roles import RoleDraft, roles
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.backoffice.conftest import SignIn
from tests.web.backoffice.pages import ADDRESSES, data_of, things, url_of

SECRETS = ("lin@example.com", "13800138000", "龙井路", "LongjingRoad")


@pytest.fixture
def hidden(sign_in: SignIn) -> Client:
    """Somebody who may do everything but see personal data."""
    everything = roles()["owner"].permissions
    services.save_role(code="manager", draft=RoleDraft(permissions=everything, sees_cost=True), actor="system")
    reset_caches()
    return sign_in("manager")


@pytest.mark.django_db
def test_no_page_shows_how_to_reach_a_shopper(hidden: Client) -> None:
    keys = things()
    closed = []
    for address in ADDRESSES:
        if address.see is None:
            continue
        answer = hidden.get(url_of(address, keys), data_of(address, keys))
        body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
        for secret in SECRETS:
            assert secret not in body.decode(errors="replace"), (address.name, secret)
        if answer.status_code == 403:
            closed.append(address.name)
    assert {"orders_slips", "customer_edit"} <= set(closed)
    assert {"order", "customer", "orders", "customers", "mail"}.isdisjoint(closed)


@pytest.mark.django_db
def test_the_search_does_not_answer_what_the_page_hides(hidden: Client, sign_in: SignIn) -> None:
    order = factories.order()
    seeing = sign_in("order_desk")
    customer = Customer.objects.order_by("pk").first()
    url = reverse("backoffice:palette")
    for query in ("lin@example.com", "lin@", "@example", "13800138000", "+8613800138000", "example.com"):
        page = hidden.get(url, {"q": query}, headers={"HX-Request": "true"}).content.decode()
        assert f"/orders/{order.pk}/" not in page, query
        assert customer is None or f"/customers/{customer.pk}/" not in page, query
    seen = seeing.get(url, {"q": "lin@example.com"}, headers={"HX-Request": "true"}).content.decode()
    assert f"/orders/{order.pk}/" in seen
    page = hidden.get(reverse("backoffice:palette"), {"q": order.number}, headers={"HX-Request": "true"})
    assert f"/orders/{order.pk}/" in page.content.decode()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mailto:lin.xiao@example.com", "m***@example.com"),
        ("138 0013 8000", "138****8000"),
        ("+86 138-0013-8000", "+86 ****"),
        ("order 100123, ¥1,280.00, SF1234567890123", "order 100123, ¥1,280.00, SF1234567890123"),
    ],
)
def test_addresses_and_numbers_are_recognised_and_nothing_else(text: str, masked: str) -> None:
    result = mask_contacts(text)
    if masked == text:
        assert result == text
    else:
        assert "8000" not in result.replace("****8000", "")
        assert "xiao" not in result
