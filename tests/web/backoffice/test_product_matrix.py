"""Options and variants fitted to each other, whatever is done to the options."""

from __future__ import annotations

import json
from itertools import product as combinations
from typing import Any

from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.web.backoffice.product_columns import Columns
from duli.web.backoffice.product_grid import read_grid
from duli.web.backoffice.selectors.product_page import (
    OptionOfProduct,
    ProductOnPage,
    ValueOfOption,
    VariantOfProduct,
)

COLUMNS = Columns(("CNY",), {})


def stored(sizes: list[int], left_out: set[int]) -> ProductOnPage:
    """A product with options of so many values each, without some of the combinations."""
    options = tuple(
        OptionOfProduct(10 + o, f"O{o}", tuple(ValueOfOption(100 * (o + 1) + v, f"{o}-{v}") for v in range(size)))
        for o, size in enumerate(sizes)
    )
    every = list(combinations(*[option.values for option in options]))
    kept = [(place, values) for place, values in enumerate(every) if place not in left_out] or [(0, every[0])]
    variants = tuple(
        VariantOfProduct(
            id=1 + place, names=tuple(v.name for v in values), value_ids=tuple(v.id for v in values), sku=f"S{place}",
            barcode="", weight_grams=0, content="", tracks_stock=True, requires_shipping=True, tax_class="", hs_code="",
            origin_country="", image_id=None, prices={"CNY": (100, None)}, cost=None, counts={1: place},
            on_hand=place, reserved=0,
        )
        for place, values in kept
    )  # fmt: skip
    empty: Any = None
    return ProductOnPage(empty, options, variants, (), (), (), (), {})


@st.composite
def edits(draw: st.DrawFn) -> tuple[ProductOnPage, list[dict[str, Any]]]:
    """A stored product, and its options after somebody renamed, moved, removed and added some."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    page = stored(sizes, draw(st.sets(st.integers(0, 8), max_size=4)))
    options: list[dict[str, Any]] = []
    for option in draw(st.permutations(page.options)):
        if draw(st.integers(0, 4)) == 0:
            continue
        values: list[dict[str, Any]] = []
        for value in draw(st.permutations(option.values)):
            if draw(st.integers(0, 3)) == 0:
                continue
            name = f"{value.name}!" if draw(st.booleans()) else value.name
            values.append({"id": value.id, "name": name, "swatch": "", "texts": {}})
        if draw(st.booleans()) or not values:
            values.append({"id": None, "name": f"new-{option.id}", "swatch": "", "texts": {}})
        options.append({"id": option.id, "name": option.name, "texts": {}, "values": values})
    if draw(st.booleans()) or not options:
        fresh = [{"id": None, "name": name, "swatch": "", "texts": {}} for name in ("x", "y")]
        options.append({"id": None, "name": "Fresh", "texts": {}, "values": fresh})
    return page, options


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits(), st.booleans())
def test_no_variant_is_lost_without_being_named(
    edited: tuple[ProductOnPage, list[dict[str, Any]]], fills: bool
) -> None:
    page, options = edited
    data = QueryDict(mutable=True)
    data["options"], data["sheet"] = json.dumps(options), json.dumps({"cells": {}, "fresh": []})
    if fills:
        data["fill"] = "1"
    grid = read_grid(data, COLUMNS, page)
    assert grid.errors == []
    kept = [row.variant_id for row in grid.rows if row.variant_id]
    gone = [row.variant_id for row in grid.pruned]
    assert sorted([*kept, *gone]) == sorted(variant.id for variant in page.variants), "lost, or there twice"
    assert {row.variant_id for row in grid.losing} == {v.id for v in page.variants if v.id in gone and v.on_hand}
    names = [row.names for row in grid.rows]
    assert len(set(names)) == len(names)
    every = set(combinations(*[[value["name"] for value in option["values"]] for option in options]))
    assert set(names) <= every
    assert len(names) + grid.missing == len(every)
    if fills:
        assert set(names) == every
    # Whoever kept all its values is still there, under the present names.
    present = {value["id"]: value["name"] for option in options for value in option["values"] if value["id"]}
    by_id = {row.variant_id: row for row in grid.rows}
    removed_options = {option.id for option in page.options} - {option["id"] for option in options}
    for variant in page.variants:
        if all(pk in present for pk in variant.value_ids) and not removed_options:
            assert {present[pk] for pk in variant.value_ids} <= set(by_id[variant.id].names)
    assert all(row.cells.get("price-CNY") == "1.00" for row in grid.rows)


def test_what_was_typed_for_a_new_combination_survives_the_next_change() -> None:
    page = stored([2], set())
    data = QueryDict(mutable=True)
    values = [{"id": 100, "name": "0-0"}, {"id": 101, "name": "0-1"}, {"id": None, "name": "L"}]
    data["options"] = json.dumps([{"id": 10, "name": "O0", "values": values}])
    cells = {"nL": {"sku": ["NEW", ""]}, "i1": {"sku": ["CHANGED", "S0"]}}
    data["sheet"] = json.dumps({"cells": cells, "fresh": ["nL"]})
    grid = read_grid(data, COLUMNS, page)
    assert [row.cells["sku"] for row in grid.rows] == ["CHANGED", "S1", "NEW"]
    assert grid.added == 1
