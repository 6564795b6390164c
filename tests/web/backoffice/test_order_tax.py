"""Why an order is taxed as it is, on its page; and the VAT id of a company in a draft."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.checkout.models import Draft
from duli.commerce.orders.models import Order
from duli.commerce.taxes.models import VatCheck
from duli.commerce.taxes.services import put_registration, save_profile
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db
ASKED = "2026-11-24T09:30:00+00:00"


def test_scheme_proof_late_answer_and_duty_stand_on_the_page(owner: Client) -> None:
    order = factories.order()
    page = reverse("backoffice:order", args=[order.pk])
    assert 'id="tax"' not in owner.get(page).content.decode()
    tax = {
        "place": {"country": "DE", "region": "", "postal_code": "", "city": ""},
        "vat_id": "FR40303265045", "vat_state": "unavailable", "checked_at": ASKED,
        "duty": {"each": 300, "currency": "EUR", "codes": ["691110", "940360"], "unknown": 1, "charged": True},
    }  # fmt: skip
    Order.objects.filter(pk=order.pk).update(tax_scheme="domestic", tax=tax)
    shown = owner.get(page).content.decode()
    for words in ("At home", "Germany", "The register did not answer", "No answer is not", "691110, 940360", "€9.00"):
        assert words in shown, words
    assert "Not valid" not in shown
    tax["vat_later"] = {"state": "valid", "proof": "WAPI-77", "checked_at": ASKED}
    Order.objects.filter(pk=order.pk).update(tax=tax)
    later = owner.get(page).content.decode()
    assert "WAPI-77" in later
    assert "give the VAT back with a refund" in later


def test_a_draft_takes_a_vat_id_and_asks_its_register(owner: Client) -> None:
    factories.shop()
    variant = factories.variant_of(factories.product(price=10000))
    owner.post(reverse("backoffice:draft_new"), {"market": "cn"})
    draft = Draft.objects.get()
    page = reverse("backoffice:draft", args=[draft.pk])
    assert 'name="vat_id"' not in owner.get(page).content.decode()
    save_profile(country="CN", actor="user:1")
    put_registration(kind="vat", country="CN", valid_from=date(2020, 1, 1), actor="user:1")
    reset_caches()
    who = {
        "customer_name": "林晓", "email": "lin@example.com", "days": "7", "language": "zh-hans", "country": "CN",
        "region": "浙江省", "city": "杭州市", "district": "西湖区", "line1": "文一路 1 号", "phone": "13800138000",
    }  # fmt: skip
    refused = owner.post(page, {**who, "vat_id": "FR00000000000"})
    assert refused.status_code == 422
    assert "This is no VAT id" in refused.content.decode()
    assert owner.post(page, {**who, "vat_id": "fr 40 303265045"}).status_code == 302
    assert VatCheck.objects.get().number == "FR40303265045"
    owner.post(reverse("backoffice:draft_line", args=[draft.pk]), {"variant": variant.pk, "quantity": "1"})
    owner.post(reverse("backoffice:draft_place", args=[draft.pk]), {"method": "bank_transfer"})
    order = Order.objects.get()
    assert (order.tax["vat_id"], order.tax["vat_state"]) == ("FR40303265045", "unavailable")
