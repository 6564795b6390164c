"""Which rates count at a place on a day, as a pure function over the rows of its country."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from duli.commerce.pricing.types import Place, Tax, TaxPart

EVERYWHERE = "*"
"""The country of rates for every country that has none of its own."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """A row of rates; see `models.TaxRate`."""

    id: int
    country: str
    region: str
    postcodes: str
    city: str
    tax_class: str
    name: str
    rate: Decimal
    priority: int
    compound: bool
    included: bool | None
    valid_from: date
    valid_to: date | None


def normal_postcode(text: str) -> str:
    """Return a postal code as it is compared: capitals, without spaces and hyphens."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def matches_postcode(patterns: str, postcode: str) -> bool:
    """Say whether a code is among `patterns`: codes, beginnings ("902*") and ranges ("90210...99000"), by ";".

    A longer American code (ZIP+4) is what its first five digits are.
    """
    code = normal_postcode(postcode)
    if not code:
        return False
    known = {code, code[:5]} if len(code) == 9 and code.isdigit() else {code}
    for pattern in patterns.split(";"):
        first, dots, last = pattern.strip().partition("...")
        if dots:
            low, high = normal_postcode(first), normal_postcode(last)
            if any(len(one) == len(low) == len(high) and low <= one <= high for one in known):
                return True
        elif first.endswith("*"):
            if code.startswith(normal_postcode(first)):
                return True
        elif normal_postcode(first) in known:
            return True
    return False


def resolve(rows: Iterable[RateRow], place: Place, day: date) -> dict[str, Tax]:
    """Return the tax of each class at a place on a day.

    Of the rows of one class and priority the most precise place counts (postcode, city, region, country, everywhere),
    then the latest that began. Rows of different priorities are levied together, in that order. Rates for everywhere
    are those of countries without any of their own.
    """
    here = [row for row in rows if _counts(row, place, day)]
    own = [row for row in here if row.country != EVERYWHERE]
    best: dict[tuple[str, int], RateRow] = {}
    for row in sorted(own or here, key=_precision):
        best[row.tax_class, row.priority] = row
    found: dict[str, list[RateRow]] = {}
    for (tax_class, _priority), row in sorted(best.items()):
        found.setdefault(tax_class, []).append(row)
    return {tax_class: _together(levied) for tax_class, levied in found.items()}


def _counts(row: RateRow, place: Place, day: date) -> bool:
    return (
        row.country in {place.country, EVERYWHERE}
        and row.region in {"", place.region}
        and row.valid_from <= day
        and (row.valid_to is None or row.valid_to >= day)
        and (not row.city or row.city.casefold() == place.city.strip().casefold())
        and (not row.postcodes or matches_postcode(row.postcodes, place.postal_code))
    )


def _precision(row: RateRow) -> tuple[bool, bool, bool, bool, date, int]:
    return (
        row.country != EVERYWHERE,
        bool(row.postcodes),
        bool(row.city),
        bool(row.region),
        row.valid_from,
        row.id,
    )


def _together(rows: Sequence[RateRow]) -> Tax:
    parts = [TaxPart(row.name, row.rate, row.id, row.compound) for row in rows]
    return Tax.of(parts, rows[0].included)
