"""What lines of orders take from stock: a bundle's components as they were when it was ordered, else the variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.titles import NamedPart, part_label
from duli.commerce.inventory.types import StockRequest
from duli.commerce.orders.models import OrderLine
from duli.commerce.orders.part_text import WrittenPart


def stock_of(variant_id: int | None, parts: Sequence[dict[str, Any]], units: int) -> list[StockRequest]:
    """Return what `units` of a line need from stock; nothing of a variant that is gone or that the shop never had."""
    if parts:
        return [StockRequest(part["variant_id"], part["quantity"] * units) for part in parts if part["variant_id"]]
    return [StockRequest(variant_id, units)] if variant_id else []


def stock_of_line(line: OrderLine, units: int) -> list[StockRequest]:
    return stock_of(line.variant_id, line.parts, units)


def counted_lines(lines: Sequence[OrderLine]) -> frozenset[int]:
    """Return the lines whose goods can be put back on sale: those that took from a counted stock (one query)."""
    needs = {line.pk: {request.variant_id for request in stock_of_line(line, 1)} for line in lines}
    wanted = {variant_id for ids in needs.values() for variant_id in ids}
    counted = set(Variant.objects.filter(pk__in=wanted, tracks_stock=True).values_list("pk", flat=True))
    return frozenset(pk for pk, ids in needs.items() if ids & counted)


def contents_of(line: OrderLine, units: int = 1) -> list[str]:
    """Return what `units` of a bundle's line consist of, in words; nothing for other goods."""
    return [part_label(part["title"], part["variant_title"], part["quantity"] * units) for part in line.parts]


def parts_json(parts: Sequence[NamedPart | WrittenPart]) -> list[dict[str, Any]]:
    """Return a bundle's components as a line keeps them; what they weigh is in the line's own weight."""
    return [{name: value for name, value in asdict(part).items() if name != "weight_grams"} for part in parts]
