"""Registrations, limits, returns and tables of rates as a merchant handles them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from duli.commerce.pricing.models import ExchangeRate, TaxRate
from duli.commerce.pricing.services import save_exchange_rate
from duli.commerce.taxes.models import Registration, TaxProfile, Threshold
from duli.commerce.taxes.selectors import limit
from duli.commerce.taxes.services import put_registration, save_profile
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "backoffice:tax_office"


@pytest.fixture(autouse=True)
def shop() -> None:
    factories.shop()


def test_an_empty_office_says_what_to_do(owner: Client) -> None:
    page = owner.get(reverse(PAGE)).content.decode()
    assert "Nobody has said where the shop is established" in page
    assert reverse("backoffice:tax_profile") in page


def test_seller_registration_and_limit(owner: Client) -> None:
    profile = {"country": "DE", "region": "", "drops_tax": "on", "duty": "off", "taxes_duty": "on"}
    assert owner.post(reverse("backoffice:tax_profile"), profile).status_code == 302
    assert TaxProfile.objects.get().country == "DE"
    form = {"kind": "oss", "country": "DE", "region": "", "number": "EU123", "valid_from": "2021-07-01", "valid_to": ""}
    assert owner.post(reverse("backoffice:tax_registration_new"), form).status_code == 302
    assert owner.post(reverse("backoffice:tax_registration_new"), form).status_code == 409
    row = Registration.objects.get()
    change = reverse("backoffice:tax_registration", args=[row.pk])
    assert owner.post(change, {**form, "valid_to": "2020-01-01"}).status_code == 422
    wanted = {"code": "eu_distance", "region": "", "amount": "12000", "currency": "eur", "valid_from": "2026-01-01"}
    assert owner.post(reverse("backoffice:tax_limit"), wanted).status_code == 302
    assert owner.post(reverse("backoffice:tax_limit"), {**wanted, "currency": "???"}).status_code == 422
    reset_caches()
    found = limit("eu_distance", date(2026, 11, 24))
    assert found is not None
    assert (found.minor, Threshold.objects.count()) == (1_200_000, 1)
    page = owner.get(reverse(PAGE)).content.decode()
    assert "EU123" in page
    assert "12,000.00" in page
    assert "0%" in page
    assert owner.post(reverse("backoffice:tax_registration_delete", args=[row.pk])).status_code == 302
    assert not Registration.objects.exists()


def test_a_return_can_be_taken_away(owner: Client) -> None:
    answer = owner.get(reverse("backoffice:tax_report"), {"scheme": "oss", "quarter": "2026-q4"})
    assert b"".join(answer.streaming_content).decode().startswith("\ufeffscheme,from,until,country")  # type: ignore[attr-defined]
    for wrong in ({"quarter": "2026-q9"}, {"quarter": "x" * 5000}, {"scheme": "none"}):
        assert owner.get(reverse(PAGE), wrong).status_code == 200


def test_a_table_is_taken_in(owner: Client) -> None:
    head = b"Country Code,State Code,ZIP/Postcode,City,Rate %,Tax Name,Priority,Compound,Shipping,Tax Class\n"
    content = head + b"GB,*,*,*,20,VAT,1,0,1,\nGB,*,*,*,abc,VAT,1,0,1,\n"
    form = {"file": SimpleUploadedFile("rates.csv", content), "valid_from": "2026-01-01"}
    answer = owner.post(reverse("backoffice:tax_table"), form, follow=True)
    assert "1 lines are no rates (line 3)" in answer.content.decode()
    assert TaxRate.objects.filter(country="GB").count() == 1
    broken = {"file": SimpleUploadedFile("rates.csv", b"\xff\xfe\x00"), "valid_from": "2026-01-01"}
    assert owner.post(reverse("backoffice:tax_table"), broken).status_code == 422
    assert owner.post(reverse("backoffice:tax_load"), {"which": "eu"}).status_code == 302
    assert TaxRate.objects.filter(country="DE", tax_class="reduced").exists()
    assert owner.post(reverse("backoffice:tax_load"), {"which": "mars"}).status_code == 422


def test_a_limit_that_nothing_can_be_compared_with_is_told(owner: Client) -> None:
    """The shop sells in CNY and USD: without a rate of the euro, no parcel would ever be a small one."""
    words = "parcels are treated as being above them"
    save_profile(country="CN", duty="charge", actor="system")
    put_registration(kind="ioss", country="IE", number="IM1", valid_from=date(2024, 1, 1), actor="system")
    reset_caches()
    assert words in owner.get(reverse(PAGE)).content.decode()
    for base in ("EUR", "GBP"):
        for quote in ("CNY", "USD"):
            save_exchange_rate(base=base, quote=quote, rate=Decimal(8), valid_from=datetime(2024, 1, 1, tzinfo=UTC))
    reset_caches()
    assert words not in owner.get(reverse(PAGE)).content.decode()
    # What is not sold under a limit needs no rate.
    save_profile(country="GB", duty="off", actor="system")
    ExchangeRate.objects.filter(base="GBP").delete()
    reset_caches()
    assert words not in owner.get(reverse(PAGE)).content.decode()
