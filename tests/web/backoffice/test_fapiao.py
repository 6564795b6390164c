"""Fapiao on their screens."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from duli.commerce.fapiao.models import Fapiao, FapiaoRequest
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db
NUMBER = "26117000000123456789"


def test_from_the_request_to_the_red_one(owner: Client) -> None:
    order = factories.order(paid=True)
    page = reverse("backoffice:order", args=[order.pk])
    assert 'id="fapiao"' not in owner.get(page).content.decode()
    listing = reverse("backoffice:fapiao")
    assert reverse("backoffice:settings_fapiao") in owner.get(listing).content.decode()
    assert owner.post(reverse("backoffice:settings_fapiao"), {"is_offered": "on", "days": "0"}).status_code == 422
    terms = {"is_offered": "on", "offers_special": "on", "days": "5"}
    assert owner.post(reverse("backoffice:settings_fapiao"), terms).status_code == 302
    reset_caches()
    ask = reverse("backoffice:fapiao_ask", args=[order.pk])
    assert ask in owner.get(page).content.decode()
    wish = {"title_kind": "company", "kind": "special", "title": "青舍", "email": "cai@example.com", "tax_number": "9"}
    refused = owner.post(ask, wish)
    assert refused.status_code == 422
    assert "unified social credit code" in refused.content.decode()
    assert owner.post(ask, {**wish, "tax_number": "91110000600037341L"}).status_code == 302
    row = FapiaoRequest.objects.get()
    assert "91110000600037341L" in owner.get(listing).content.decode()
    issue = reverse("backoffice:fapiao_issue", args=[row.pk])
    day = localdate().isoformat()
    owner.post(reverse("backoffice:language"), {"language": "zh-hans"})
    assert f'value="{day}"' in owner.get(issue).content.decode(), "calendars want ISO days in every language"
    owner.post(reverse("backoffice:language"), {"language": "en"})
    file = SimpleUploadedFile("a.exe", b"MZ")
    assert owner.post(issue, {"number": NUMBER, "issued_on": day, "file": file}).status_code >= 400
    assert owner.post(issue, {"number": "12", "issued_on": day}).status_code == 422
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    assert owner.post(issue, {"number": NUMBER, "issued_on": day, "file": file}).status_code == 302
    paper = Fapiao.objects.get()
    got = owner.get(reverse("backoffice:fapiao_file", args=[paper.pk]))
    assert (got.status_code, got["Content-Type"]) == (200, "application/pdf")
    assert NUMBER in owner.get(page).content.decode()
    red = reverse("backoffice:fapiao_red", args=[paper.pk])
    form = {"number": NUMBER[:-1] + "0", "issued_on": day, "whole": "part"}
    assert owner.post(red, form).status_code == 409
    assert owner.post(red, {**form, "whole": "whole"}).status_code == 302
    assert "To issue" in owner.get(listing).content.decode()
    factories.drain()
    bell = owner.get(reverse("backoffice:bell")).content.decode()
    assert f"Fapiao {NUMBER}" in owner.get(page).content.decode()
    assert bell
