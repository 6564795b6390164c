"""A shopper asks for a fapiao on the order's page and takes it from there."""

from __future__ import annotations

import pytest
from django.test import Client

from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.fapiao.services import save_settings
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db


def test_ask_correct_and_download(client: Client) -> None:
    factories.shop()
    order = factories.order(paid=True)
    page, form = f"/orders/{order.token}", f"/orders/{order.token}/fapiao"
    assert form not in client.get(page).content.decode()
    assert client.get(form).status_code == 303
    save_settings(is_offered=True, days=5, actor="user:1")
    reset_caches()
    assert form in client.get(page).content.decode()
    drawn = client.post(form, {"title_kind": "company", "refresh": "1", "title": "青舍"}).content.decode()
    assert 'name="tax_number"' in drawn
    assert 'value="青舍"' in drawn
    assert not FapiaoRequest.objects.exists()
    wish = {"title_kind": "company", "title": "青舍", "email": "cai@example.com", "save": "1"}
    for wrong in ({"tax_number": "123"}, {"tax_number": "9" * 10_000}, {"title_kind": "x"}, {"email": ""}):
        refused = client.post(form, {**wish, "tax_number": "91110000600037341L", **wrong})
        assert refused.status_code == 422
    assert "请填写" in refused.content.decode()
    assert client.post(form, {**wish, "tax_number": "91110000600037341L"})["Location"].endswith("#fapiao")
    assert "5 天内开具" in client.get(page).content.decode()
    # Until one is issued it can be changed.
    assert client.post(form, {**wish, "title_kind": "person", "title": "林晓"}).status_code == 303
    request = FapiaoRequest.objects.get()
    assert (request.title, request.tax_number) == ("林晓", "")
    paper = factories.fapiao(order)
    file = f"{form}/{paper.pk}"
    shown = client.get(page).content.decode()
    assert file in shown
    assert paper.number in shown
    got = client.get(file)
    assert b"".join(got.streaming_content) == b"%PDF-1.7"  # type: ignore[attr-defined]
    assert "attachment" in got["Content-Disposition"]
    other = factories.order()
    assert client.get(f"/orders/{other.token}/fapiao/{paper.pk}").status_code == 404
    assert client.get(f"{form}/{10**30}").status_code == 404
    assert client.post(form, {**wish, "title_kind": "person"}).status_code == 303
    assert FapiaoRequest.objects.get().title == paper.title


def test_orders_in_other_currencies_have_none(client: Client) -> None:
    factories.shop()
    save_settings(is_offered=True, actor="user:1")
    reset_caches()
    order = factories.order(market_code="int")
    assert "/fapiao" not in client.get(f"/orders/{order.token}").content.decode()
    assert client.get(f"/orders/{order.token}/fapiao").status_code == 303
