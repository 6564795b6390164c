"""Rates that come in files: those the shop ships, and tables in the form WooCommerce writes. Reading only."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from duli.base.text import slugify
from duli.commerce.pricing.services import MOST_POSTCODES

_DATA = Path(__file__).parent / "data"
FIRST = date(1993, 1, 1)
"""The day from which a rate counts that was always there: when the EU's single market began."""


@dataclass(frozen=True, slots=True)
class FileRate:
    """One rate of a file, as `put_tax_rate` takes it; `line` is where it stands."""

    country: str
    rate: Decimal
    name: str
    region: str = ""
    postcodes: str = ""
    city: str = ""
    tax_class: str = "standard"
    priority: int = 1
    compound: bool = False
    valid_from: date = FIRST
    valid_to: date | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no rate, and the field it fails at."""

    line: int
    field: str


@cache
def union_file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_DATA / "eu_vat_rates.json").read_text(encoding="utf-8"))["items"]
    return found


@cache
def world_file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_DATA / "world_sales_tax_rates.json").read_text(encoding="utf-8"))
    return found


def union_rates(items: dict[str, Any] | None = None) -> Iterator[FileRate]:
    """Return the dated VAT rates of the EU (and the UK), with the places whose own rates its postcodes tell."""
    for country, periods in sorted((items or union_file()).items()):
        ordered = sorted(periods, key=lambda period: str(period["effective_from"]))
        for period, following in zip(ordered, [*ordered[1:], None], strict=True):
            begins = _day(period["effective_from"])
            ends = _day(following["effective_from"]) - timedelta(days=1) if following else None
            for tax_class, percent in period["rates"].items():
                yield FileRate(country, _percent(percent), "VAT", tax_class=tax_class, valid_from=begins, valid_to=ends)
            for place in period.get("exceptions", []):
                yield FileRate(
                    country,
                    _percent(place["standard"]),
                    "VAT",
                    postcodes=";".join(postcodes_of(place["postcode"])),
                    valid_from=begins,
                    valid_to=ends,
                )


def china_rates() -> Iterator[FileRate]:
    """Return the dated VAT rates of China: goods, goods of daily life, services, and what is taxed at nothing."""
    for row in json.loads((_DATA / "cn_vat_rates.json").read_text(encoding="utf-8")):
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
        yield FileRate(
            "CN",
            Decimal(row["rate"]),
            "增值税",
            tax_class=row["class"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=ends,
        )


def world_rates(items: dict[str, Any] | None = None) -> Iterator[FileRate]:
    """Return the standard rates of the world's countries and, where they have some, states."""
    for country, entry in sorted((items or world_file()).items()):
        for rate, begins, ends in _periods(entry):
            if rate or "states" not in entry:
                yield FileRate(country, rate, _name(entry["type"]), valid_from=begins, valid_to=ends)
        base = Decimal(str(entry["rate"]))
        for region, state in entry.get("states", {}).items():
            for rate, begins, ends in _periods(state):
                # A harmonised or a reduced tax is one tax in the country's place; another one comes on top of it.
                is_one = state["type"] in {"hst", "vat", "igic"}
                yield FileRate(
                    country,
                    base + rate if is_one else rate,
                    _name(state["type"] if country != "US" else "Sales tax"),
                    region=region,
                    priority=1 if is_one else 2,
                    valid_from=begins,
                    valid_to=ends,
                )


def _name(kind: str) -> str:
    return kind if " " in kind else kind.upper() if kind != "none" else "Tax"


def _periods(entry: dict[str, Any]) -> Iterator[tuple[Decimal, date, date | None]]:
    """Return each rate with its first and last day. The file says until when a former rate was in force."""
    ends = sorted((_midnight(text), found) for text, found in entry.get("before", {}).items())
    begins = FIRST
    for day, former in ends:
        yield Decimal(str(former["rate"])), begins, day - timedelta(days=1)
        begins = day
    yield Decimal(str(entry["rate"])), begins, None


def _midnight(text: str) -> date:
    """Return the day that begins at an instant: local midnight, a few hours before that of Greenwich."""
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=3)).date()


def _day(text: str) -> date:
    return FIRST if text.startswith("0000") else date.fromisoformat(text)


def _percent(value: float) -> Decimal:
    return Decimal(str(value)) / 100


_DIGITS = re.compile(r"\\d\{\d,?\}$")
_RANGE = re.compile(r"(\d*)\[(\d)-(\d)\](\d*)")
_CHOICE = re.compile(r"(\d+)\[(\d+)\]")


def postcodes_of(pattern: str) -> list[str]:
    """Return the regular expression of postcodes in the shipped file as the shop's own patterns.

    ValueError for one that needs more than that file has.
    """
    found: list[str] = []
    for one in pattern.strip("()").split("|"):
        open_end = _DIGITS.search(one)
        bare = one[: open_end.start()] if open_end else one
        tail = "*" if open_end else ""
        if bare.isdigit():
            found.append(bare + tail)
        elif (span := _RANGE.fullmatch(bare)) is not None:
            middle = range(int(span[2]), int(span[3]) + 1)
            found += [f"{span[1]}{digit}{span[4]}{tail}" for digit in middle]
        elif (choice := _CHOICE.fullmatch(bare)) is not None:
            found += [f"{choice[1]}{digit}{tail}" for digit in choice[2]]
        else:
            raise ValueError(f"a pattern of postcodes that is not read: {one}")
    return found


_HEADERS = {
    "country": {"country code", "country"},
    "region": {"state code", "state", "region", "region code"},
    "postcodes": {"zip/postcode", "postcode", "postcode / zip", "zip", "zipcode", "zip code"},
    "city": {"city", "taxregionname"},
    "percent": {"rate %", "rate", "tax rate", "estimatedcombinedrate", "combined rate"},
    "name": {"tax name", "name"},
    "priority": {"priority"},
    "compound": {"compound"},
    "tax_class": {"tax class", "class"},
}
_CLASSES = {"": "standard", "reduced-rate": "reduced", "zero-rate": "zero"}
_STATE = re.compile(r"[A-Z]{2}")


def read_table(lines: Iterable[str], *, valid_from: date) -> tuple[list[FileRate], list[Refused]]:
    """Read a table of rates: WooCommerce's export, or a table of one US state's postcodes with combined rates.

    The columns are known by their names. A rate in percent (8.25) or, where the column is a combined rate, as a part of
    one (0.0825). A place of ``*`` is all of it. Returns the rates, and the lines that are none. A table without a
    column of rates is refused as line 1.
    """
    reader = csv.reader(lines)
    header = [name.strip().lower().lstrip("\ufeff") for name in next(reader, [])]
    at = {
        key: next((index for index, name in enumerate(header) if name in names), -1) for key, names in _HEADERS.items()
    }
    if at["percent"] < 0:
        return [], [Refused(1, "rate")]
    as_part = "combined" in header[at["percent"]]
    found: list[FileRate] = []
    refused: list[Refused] = []
    for number, cells in enumerate(reader, 2):
        if not any(cell.strip() for cell in cells):
            continue

        def cell(key: str, cells: list[str] = cells) -> str:
            index = at[key]
            text = cells[index].strip() if 0 <= index < len(cells) else ""
            return "" if text == "*" else text

        try:
            rate = Decimal(cell("percent")) / (1 if as_part else 100)
        except InvalidOperation:
            refused.append(Refused(number, "rate"))
            continue
        region = cell("region").upper()
        country = cell("country").upper() or ("US" if _STATE.fullmatch(region) and at["country"] < 0 else "*")
        priority = cell("priority") or "1"
        if not priority.isdigit():
            refused.append(Refused(number, "priority"))
            continue
        for postcodes in _in_pieces(cell("postcodes")):
            found.append(
                FileRate(
                    country=country,
                    region=region,
                    postcodes=postcodes,
                    city="" if "combined" in header[at["percent"]] else cell("city"),
                    rate=rate,
                    name=cell("name") or ("Sales tax" if as_part else "Tax"),
                    priority=int(priority),
                    compound=cell("compound") in {"1", "yes", "true"} and int(priority) > 1,
                    tax_class=_CLASSES.get(cell("tax_class").lower(), slugify(cell("tax_class"))),
                    valid_from=valid_from,
                    line=number,
                )
            )
    return found, refused


def _in_pieces(postcodes: str) -> list[str]:
    """Return a list of postcodes in parts that fit in a row each."""
    pieces = [""]
    for one in (
        part.strip().replace("-", "...", 1) if _is_span(part) else part.strip() for part in postcodes.split(";")
    ):
        if not one:
            continue
        if len(pieces[-1]) + len(one) + 1 > MOST_POSTCODES:
            pieces.append("")
        pieces[-1] = ";".join(filter(None, [pieces[-1], one]))
    return pieces


def _is_span(text: str) -> bool:
    first, dash, last = text.strip().partition("-")
    return bool(dash) and first.isdigit() and last.isdigit() and len(first) == len(last)
