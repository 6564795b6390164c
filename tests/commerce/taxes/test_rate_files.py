"""The rates that come in files: the shipped ones to the last digit, and tables somebody uploads."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.selectors import taxes_for
from duli.commerce.pricing.services import put_tax_rate
from duli.commerce.pricing.types import Place
from duli.commerce.taxes.rate_files import postcodes_of, union_rates, world_rates
from duli.commerce.taxes.services import import_rates, load_rates
from duli.platform.store.changes import reset_caches
from tests.shared_data import shared

pytestmark = pytest.mark.django_db


def rate(place: Place, day: str, tax_class: str = "standard") -> Decimal | None:
    found = taxes_for(place, datetime.fromisoformat(f"{day}T12:00+00:00")).get(tax_class)
    return found.rate if found else None


def test_the_dated_rates_of_the_union_are_those_of_the_file() -> None:
    items = json.loads(shared("tax/eu_vat_rates.json").read_text(encoding="utf-8"))["items"]
    assert load_rates(which="eu", actor="user:1") == len(list(union_rates(items)))
    reset_caches()
    checked = 0
    for country, periods in items.items():
        ordered = sorted(periods, key=lambda period: str(period["effective_from"]))
        for index, period in enumerate(ordered):
            begins = period["effective_from"].replace("0000", "2000", 1)
            days = {begins}
            if index + 1 < len(ordered):
                days.add((date.fromisoformat(ordered[index + 1]["effective_from"]) - timedelta(days=1)).isoformat())
            for day in days:
                for tax_class, percent in period["rates"].items():
                    assert rate(Place(country), day, tax_class) == Decimal(str(percent)) / 100, (
                        country,
                        day,
                        tax_class,
                    )
                    checked += 1
                for place in period.get("exceptions", []):
                    code = postcodes_of(place["postcode"])[0].replace("*", "999")
                    assert rate(Place(country, postal_code=code), day) == Decimal(str(place["standard"])) / 100
    assert checked > 150


def test_the_rates_of_the_world_are_those_of_the_file() -> None:
    items = json.loads(shared("tax/world_sales_tax_rates.json").read_text(encoding="utf-8"))
    rows = list(world_rates(items))
    TaxRate.objects.bulk_create(
        TaxRate(
            country=row.country, region=row.region, rate=row.rate, name=row.name, priority=row.priority,
            valid_from=row.valid_from, valid_to=row.valid_to,
        )
        for row in rows
    )  # fmt: skip
    reset_caches()
    checked = 0
    for country, entry in items.items():
        periods = sorted(entry.get("before", {}).items())
        wanted = [(until, found["rate"]) for until, found in periods] + [("2026-11-24T12:00:00.000Z", entry["rate"])]
        for until, found in wanted:
            day = (datetime.fromisoformat(until.replace("Z", "+00:00")) - timedelta(hours=1)).date().isoformat()
            assert (rate(Place(country), day) or 0) == Decimal(str(found)), (country, day)
            checked += 1
        for region, state in entry.get("states", {}).items():
            wanted_rate = Decimal(str(entry["rate"])) + Decimal(str(state["rate"]))
            assert (rate(Place(country, region), "2026-11-24") or 0) == wanted_rate, (country, region)
            checked += 1
    assert checked > 200


def test_what_the_merchant_has_stays() -> None:
    put_tax_rate(country="DE", name="MwSt.", rate=Decimal("0.18"), valid_from=date(2021, 1, 1), actor="user:1")
    load_rates(which="eu", actor="user:1")
    assert load_rates(which="eu", actor="user:1") == 0
    reset_caches()
    assert rate(Place("DE"), "2026-11-24") == Decimal("0.18")


def test_the_table_of_another_shop() -> None:
    lines = shared("woocommerce/sample_tax_rates.csv").read_text(encoding="utf-8-sig").splitlines()
    count, refused = import_rates(lines=lines, valid_from=date(2020, 1, 1), actor="user:1")
    assert (count, refused) == (5, [])
    reset_caches()
    assert rate(Place("GB"), "2026-11-24") == Decimal("0.2")
    assert rate(Place("GB"), "2026-11-24", "reduced") == Decimal("0.05")
    assert rate(Place("GB"), "2026-11-24", "zero") == 0
    # 2 % on what costs 10 % more: compound.
    assert rate(Place("US", "AL", "12345"), "2026-11-24") == Decimal("0.122")
    assert rate(Place("US", "AL", "99999"), "2026-11-24") == Decimal("0.1")
    assert import_rates(lines=lines, valid_from=date(2020, 1, 1), actor="user:1")[0] == 5
    assert TaxRate.objects.count() == 5


def test_a_table_of_a_state() -> None:
    lines = [
        "State,ZipCode,TaxRegionName,EstimatedCombinedRate",
        "CA,90210,LOS ANGELES,0.0950",
        "CA,94105,SF,0.08625",
        "CA,x,y,abc",
        "",
    ]
    count, refused = import_rates(lines=lines, valid_from=date(2026, 1, 1), actor="user:1")
    assert (count, [(one.line, one.field) for one in refused]) == (2, [(4, "rate")])
    reset_caches()
    assert rate(Place("US", "CA", "94105-1234"), "2026-11-24") == Decimal("0.08625")
    # Shoppers read this name beside what it comes to.
    assert set(TaxRate.objects.values_list("name", flat=True)) == {"Sales tax"}
    assert import_rates(lines=["a,b", "1,2"], valid_from=date(2026, 1, 1), actor="user:1")[1][0].field == "rate"


def test_long_lists_of_postcodes_are_cut_into_rows() -> None:
    codes = "; ".join(str(number) for number in range(10000, 10400))
    lines = [
        "Country Code,State Code,ZIP/Postcode,City,Rate %,Tax Name,Priority,Compound,Shipping,Tax Class",
        f'US,NY,"{codes}",*,4,NY,1,0,1,',
    ]
    count, refused = import_rates(lines=lines, valid_from=date(2026, 1, 1), actor="user:1")
    assert (count > 4, refused) == (True, [])
    reset_caches()
    assert rate(Place("US", "NY", "10399"), "2026-11-24") == Decimal("0.04")
