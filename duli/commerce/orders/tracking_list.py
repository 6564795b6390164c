"""Tracking numbers for many orders, as a courier's program or a spreadsheet writes them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.translation import override

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.shipping.carriers import CARRIERS

MOST_ROWS = 500
_HEADERS = {
    "order": {"order", "order number", "order no", "订单", "订单号", "订单编号", "name"},
    "number": {"tracking", "tracking number", "tracking no", "运单号", "快递单号", "物流单号", "单号"},
    "carrier": {"carrier", "courier", "tracking company", "快递", "快递公司", "物流公司", "承运商"},
}


@dataclass(frozen=True, slots=True)
class ListedParcel:
    """One line of the list; `line` counts from 1, as editors do."""

    line: int
    order_number: str
    tracking_number: str
    carrier: str


@dataclass(frozen=True, slots=True)
class ListedResult:
    """What became of a line; `problem` says why nothing did."""

    row: ListedParcel
    problem: DuliError | None = None


def read_tracking_list(text: str) -> list[ListedParcel]:
    """Return the lines of a CSV, TSV or pasted list: order, number, carrier, or by the names of a first line."""
    lines = text.replace("\x00", "").splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = next((mark for mark in ("\t", ";", "，", ",") if mark in first), ",")
    places = {"order": 0, "number": 1, "carrier": 2}
    found: list[ListedParcel] = []
    is_first = True
    for line, cells in enumerate(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator), 1):
        values = [one_line(cell, 120).strip() for cell in cells]
        if not any(values):
            continue
        if is_first:
            is_first = False
            named = {
                name: place
                for name, words in _HEADERS.items()
                for place, value in enumerate(values)
                if value.lower() in words
            }
            if {"order", "number"} <= set(named):
                places = named
                continue
        cell = {name: values[place] if place < len(values) else "" for name, place in places.items()}
        found.append(ListedParcel(line, cell["order"].lstrip("#"), cell["number"], cell.get("carrier", "")))
    return found


def carrier_named(words: str) -> str:
    """Return the carrier that is called so, by its code or its name in any language of ours; "" if none is."""
    wanted = words.strip().lower()
    if not wanted:
        return ""
    return _names().get(wanted, "")


def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in ("en", "zh-hans"):
        with override(language):
            for entry in CARRIERS:
                names.setdefault(str(entry.name).lower(), entry.code)
                names.setdefault(entry.code, entry.code)
    return names
