"""Which rate counts where and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from duli.base.errors import InvalidInput
from duli.commerce.pricing.selectors import taxes_for
from duli.commerce.pricing.services import put_tax_rate
from duli.commerce.pricing.tax_rates import matches_postcode
from duli.commerce.pricing.types import Place, TaxRateTwice
from duli.platform.store.changes import reset_caches

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, tzinfo=UTC)


def rate(country: str, percent: str, **values: Any) -> None:
    put_tax_rate(
        country=country,
        name=values.pop("name", "Tax"),
        rate=Decimal(percent) / 100,
        valid_from=values.pop("valid_from", date(2020, 1, 1)),
        actor="user:1",
        **values,
    )


def charged(place: Place, at: datetime = AT, tax_class: str = "standard") -> Decimal | None:
    reset_caches()
    found = taxes_for(place, at).get(tax_class)
    return found.rate * 100 if found else None


@pytest.mark.parametrize(
    ("patterns", "code", "expected"),
    [
        ("90210", "90210", True),
        ("90210", "90210-1234", True),
        ("90210", "9021", False),
        ("902*", "90299", True),
        ("902*", "91210", False),
        ("35000...35999", "35012", True),
        ("35000...35999", "36000", False),
        ("35000...35999", "350", False),
        ("SW1A 1AA; SW1A2*", "sw1a 2bb", True),
        ("12345; 123456", "123456", True),
        ("12345", "", False),
    ],
)
def test_postcodes(patterns: str, code: str, expected: bool) -> None:
    assert matches_postcode(patterns, code) is expected


def test_the_most_precise_place_counts() -> None:
    rate("US", "1")
    rate("US", "2", region="NY")
    rate("US", "3", region="NY", city="Albany")
    rate("US", "4", region="NY", postcodes="10118;102*")
    assert charged(Place("US", "CA")) == 1
    assert charged(Place("US", "NY")) == 2
    assert charged(Place("US", "NY", "12201", "albany")) == 3
    assert charged(Place("US", "NY", "10118", "Albany")) == 4
    assert charged(Place("US", "NY", "10299")) == 4


def test_taxes_of_different_priorities_are_levied_together() -> None:
    rate("CA", "5", name="GST")
    rate("CA", "9.975", name="QST", region="QC", priority=2)
    rate("CA", "15", name="HST", region="NB")
    assert charged(Place("CA", "ON")) == 5
    assert charged(Place("CA", "NB")) == 15
    assert charged(Place("CA", "QC")) == Decimal("14.975")
    reset_caches()
    assert taxes_for(Place("CA", "QC"), AT)["standard"].name == "GST + QST"


def test_everywhere_is_where_no_other_rate_is() -> None:
    rate("*", "10")
    rate("*", "10", tax_class="reduced")
    rate("US", "5")
    assert charged(Place("DE")) == 10
    assert charged(Place("US")) == 5
    assert charged(Place("US"), tax_class="reduced") is None


def test_days() -> None:
    rate("DE", "19", valid_from=date(2007, 1, 1))
    rate("DE", "16", valid_from=date(2020, 7, 1), valid_to=date(2020, 12, 31))
    days = [("2020-06-30", 19), ("2020-07-01", 16), ("2020-12-31", 16), ("2021-01-01", 19), ("2006-12-31", None)]
    for day, expected in days:
        assert charged(Place("DE"), datetime.fromisoformat(f"{day}T12:00+00:00")) == expected


def test_what_is_wrong_is_named() -> None:
    rate("US", "4", region="NY", postcodes="10118")
    with pytest.raises(TaxRateTwice):
        rate("US", "5", region="NY", postcodes="10118")
    rate("US", "5", region="NY", postcodes="10118", priority=2)
    for field, values in {
        "country": {"country": "USA"},
        "postcodes": {"postcodes": "10118, 10119"},
        "priority": {"priority": 0},
        "tax_class": {"tax_class": "No class"},
    }.items():
        with pytest.raises(InvalidInput) as caught:
            rate(**{"country": "US", "percent": "1", **values})  # type: ignore[arg-type]
        assert caught.value.params["field"] == field
    with pytest.raises(InvalidInput):
        rate("US", "1", postcodes=";".join(str(number) for number in range(10000, 10100)))


def test_one_statement_whatever_the_place(django_assert_num_queries: Any) -> None:
    for number in range(30):
        rate("US", "4", region="NY", postcodes=str(10000 + number))
    taxes_for(Place("US", "NY", "10001"), AT)
    reset_caches()
    with django_assert_num_queries(2):
        # The rows, and the topic that says whether they changed.
        for number in range(30):
            taxes_for(Place("US", "NY", str(10000 + number)), AT)
