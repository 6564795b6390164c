"""The goods of a transfer as lines with names and pictures: found by words, picked, counted; or pasted as a list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from duli.base.text import one_line
from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.goods import find_goods
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.number_list import parse_numbers
from duli.web.backoffice.selectors import stock as stock_reads
from duli.web.backoffice.selectors import stock_papers as reads
from duli.web.backoffice.shell import render

SHOWN = 200
_KEY = re.compile(r"#(\d{1,18})")


def name_of_goods(variant: Variant | stock_reads.StockRow) -> str:
    """Return what a line calls a variant: its SKU, or its key where it has none that a list could tell."""
    key = variant.pk if isinstance(variant, Variant) else variant.variant_id
    return variant.sku if variant.sku and not re.search(r"[\t,;\n]", variant.sku) else f"#{key}"


def goods_named(names: Iterable[str]) -> dict[str, int]:
    """Return the variant behind each SKU, barcode or key (one query, another one for keys)."""
    wanted = list(names)
    keys = {name: int(key[1]) for name in wanted if (key := _KEY.fullmatch(name))}
    found = stock_reads.variants_named(name for name in wanted if name not in keys)
    there = {variant.pk for variant in reads.variants_in_order(list(keys.values()))} if keys else set()
    return found | {name: pk for name, pk in keys.items() if pk in there}


def goods_lines(bound: forms.BoundField) -> dict[str, dict[str, Any]]:
    """Return what the lines of a form are about, by the name that stands in the list."""
    try:
        numbers = parse_numbers(str(bound.value() or ""))
    except ValidationError:
        return {}
    named = goods_named(list(numbers)[:SHOWN])
    places = locations()[:1]
    variants = reads.variants_in_order(list(named.values()))
    rows = {row.variant_id: row for row in stock_reads.rows_for(variants, places)} if places else {}
    return {name: _told(rows[pk]) for name, pk in named.items() if pk in rows}


def _told(row: stock_reads.StockRow) -> dict[str, Any]:
    return {"title": row.title, "sub": " · ".join(filter(None, [row.variant_title, row.sku])), "image": row.image}


@screen("inventory.adjust", methods=("GET", "HEAD"))
def transfer_goods(request: HttpRequest) -> HttpResponse:
    """What fits the words that are typed, with what there is of it at the location it leaves from."""
    query = one_line(request.GET.get("goods_find", ""), 100)
    source = request.GET.get("source", "")
    places = locations()
    place = [place for place in places if str(place.pk) == source] or places[:1]
    variants = reads.variants_in_order(find_goods(query)) if query else []
    rows = stock_reads.rows_for(variants, place) if place else []
    found = [(name_of_goods(row), row, _told(row)) for row in rows if row.tracks_stock]
    context = {"found": found, "query": query, "place": place[0].name if source and place else ""}
    return render(request, "backoffice/transfers/goods_found.html", context)
