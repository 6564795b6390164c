"""Rates of tax as data: added, changed, ended and deleted on their page, and what is charged then."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.selectors import taxes_for
from duli.commerce.pricing.services import put_tax_rate
from duli.commerce.pricing.types import Place, TaxRateTwice
from duli.platform.audit.models import AuditEntry
from duli.platform.store.changes import reset_caches

pytestmark = pytest.mark.django_db

FORM = {
    "country": "DE",
    "region": "",
    "tax_class": "standard",
    "name": "MwSt.",
    "percent": "19",
    "valid_from": "2021-01-01",
    "valid_to": "",
}
LIST, NEW = "backoffice:settings_taxes", "backoffice:settings_tax_new"


def charged(country: str = "DE", region: str = "", tax_class: str = "standard") -> Decimal | None:
    reset_caches()
    tax = taxes_for(Place(country, region), now()).get(tax_class)
    return tax.rate if tax else None


def test_a_rate_is_added_changed_and_taken_away(owner: Client) -> None:
    assert charged() is None
    assert owner.post(reverse(NEW), FORM).status_code == 302
    assert charged() == Decimal("0.19")
    page = owner.get(reverse(LIST)).content.decode()
    assert "MwSt. 19%" in page
    row = TaxRate.objects.get(country="DE")
    assert owner.post(reverse("backoffice:settings_tax", args=[row.pk]), {**FORM, "percent": "16.5"}).status_code == 302
    assert charged() == Decimal("0.165")
    assert owner.post(reverse("backoffice:settings_tax_delete", args=[row.pk])).status_code == 302
    assert charged() is None
    entries = AuditEntry.objects.filter(area="taxes").order_by("pk")
    assert [entry.action for entry in entries] == ["created", "changed", "deleted"]


def test_the_one_that_began_last_counts_until_it_ends_and_a_region_goes_before(owner: Client) -> None:
    today = now().date()
    for values in (
        {"percent": "19"},
        {"percent": "7", "valid_from": str(today - timedelta(days=5)), "valid_to": str(today - timedelta(days=1))},
        {"percent": "25", "valid_from": str(today + timedelta(days=1))},
        {"percent": "3", "region": "by"},
        {"percent": "5", "tax_class": "reduced"},
    ):
        assert owner.post(reverse(NEW), {**FORM, **values}).status_code == 302, values
    assert (charged(), charged(region="BY"), charged(tax_class="reduced")) == (
        Decimal("0.19"),
        Decimal("0.03"),
        Decimal("0.05"),
    )
    page = owner.get(reverse(LIST), {"q": "germany"}).content.decode()
    assert ("Ended" in page, "To come" in page, "In force" in page) == (True, True, True)
    assert "增值税" not in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("percent", "101"),
        ("percent", "-1"),
        ("percent", "NaN"),
        ("percent", "1e9"),
        ("name", ""),
        ("name", "x" * 61),
        ("tax_class", "no such"),
        ("valid_from", "yesterday"),
        ("valid_to", "2020-12-31"),
    ],
)
def test_what_cannot_be_a_rate_is_refused(owner: Client, field: str, value: str) -> None:
    assert owner.post(reverse(NEW), {**FORM, field: value}).status_code == 422
    assert not TaxRate.objects.filter(country="DE").exists()


def test_two_rates_from_one_day_on_are_one_too_many(owner: Client) -> None:
    owner.post(reverse(NEW), FORM)
    again = owner.post(reverse(NEW), {**FORM, "percent": "20"})
    assert (again.status_code, "Change that one instead" in again.content.decode()) == (409, True)
    with pytest.raises(TaxRateTwice):
        put_tax_rate(country="de", name="x", rate=Decimal("0.2"), valid_from=date(2021, 1, 1), actor="system")
    with pytest.raises(InvalidInput):
        put_tax_rate(country="DE", name="x", rate=Decimal("0.1234567"), valid_from=date(2022, 1, 1), actor="system")
    assert charged() == Decimal("0.19")
