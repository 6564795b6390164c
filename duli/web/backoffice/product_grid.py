"""Options and variants of the product editor: read as typed, fitted to the options, turned into drafts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product as combinations
from math import prod
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.assortment.types import Count, VariantFacts
from duli.commerce.catalogue.services.variants import TAX_CLASS
from duli.commerce.catalogue.types import (
    MAXIMUM_VARIANTS,
    OptionDraft,
    VariantDraft,
)
from duli.commerce.catalogue.units import parse_content
from duli.web.backoffice.kit.forms import MAXIMUM_ID, parse_amount
from duli.web.backoffice.kit.sheet import Cells, read_cells
from duli.web.backoffice.product_columns import Columns
from duli.web.backoffice.product_options import OptionRow, read_options
from duli.web.backoffice.selectors.product_page import ProductOnPage, VariantOfProduct

MAXIMUM_COUNT = 10_000_000
MAXIMUM_WEIGHT = 10_000_000
LONGEST = {"sku": 100, "barcode": 60, "weight": 12, "content": 30, "tax": 40, "hs": 14, "origin": 2}
FIELD = "sheet"


@dataclass(slots=True)
class VariantRow:
    """One line of the grid: `cells` as typed, `stored` as they were when the page was opened; `errors` per column."""

    names: tuple[str, ...] = ()
    variant_id: int | None = None
    value_ids: tuple[int, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    reserved: int = 0
    on_hand: int = 0
    removed: bool = False

    @property
    def title(self) -> str:
        return " / ".join(self.names)

    @property
    def key(self) -> str:
        """What the page calls the row: its id, or its combination if it is not stored yet."""
        return f"i{self.variant_id}" if self.variant_id else "n" + "\x1f".join(self.names)

    @property
    def reference(self) -> str:
        """What the plain table must remember of the row to recognise it again."""
        seen = {key[6:]: text for key, text in self.stored.items() if key.startswith("stock-")}
        return json.dumps({"names": self.names, "id": self.variant_id, "seen": seen}, ensure_ascii=False)


@dataclass(slots=True)
class Grid:
    """Options and variants of a product as the page holds them.

    `pruned` are stored variants that no combination of the options keeps; `missing` counts combinations that are
    deliberately not sold; `added` the rows that are not stored yet.
    """

    columns: Columns
    options: list[OptionRow]
    rows: list[VariantRow]
    errors: list[str] = field(default_factory=list)
    pruned: list[VariantRow] = field(default_factory=list)
    missing: int = 0

    @property
    def valid(self) -> bool:
        return not self.errors and not any(row.errors for row in self.rows)

    @property
    def used_options(self) -> list[OptionRow]:
        return [option for option in self.options if option.name or option.values]

    @property
    def added(self) -> int:
        return sum(row.variant_id is None for row in self.rows) if self.used_options else 0

    @property
    def leaving(self) -> list[VariantRow]:
        """Stored variants that would no longer be sold after saving."""
        return [*self.pruned, *(row for row in self.rows if row.removed and row.variant_id)]

    @property
    def losing(self) -> list[VariantRow]:
        """Those of them that hold stock or are promised to orders."""
        return [row for row in self.leaving if row.on_hand or row.reserved]


def blank_grid(columns: Columns) -> Grid:
    return Grid(columns, [], [VariantRow()])


def grid_of(page: ProductOnPage, columns: Columns) -> Grid:
    """Return the grid of a stored product."""
    options = [OptionRow.of(option) for option in page.options]
    return Grid(columns, options, [_row_of(variant, columns) for variant in page.variants] or [VariantRow()])


def _row_of(variant: VariantOfProduct, columns: Columns) -> VariantRow:
    cells = columns.texts(variant)
    return VariantRow(
        names=variant.names,
        variant_id=variant.id,
        value_ids=variant.value_ids,
        cells=cells,
        stored=dict(cells),
        reserved=variant.reserved,
        on_hand=variant.on_hand,
    )


def read_grid(data: QueryDict, columns: Columns, page: ProductOnPage | None) -> Grid:
    """Read options and rows as they were sent, by the sheet or by the plain table, and fit them to each other."""
    options, errors = read_options(data, page)
    stored = grid_of(page, columns) if page else blank_grid(columns)
    if FIELD in data:
        cells = read_cells(data.get(FIELD, ""), columns=columns.knows, most=MAXIMUM_VARIANTS * 2)
        if cells is None:
            errors.append(gettext("The variants could not be read. Load the page again."))
            cells = Cells({})
        grid = Grid(columns, options, stored.rows, errors)
        _fit(grid, cells.fresh, fills="fill" in data, plain=False)
        _apply(grid, cells)
        return grid
    rows: list[VariantRow] = []
    by_id: dict[int | None, VariantRow] = {row.variant_id: row for row in stored.rows if row.variant_id}
    for index in range(MAXIMUM_VARIANTS + 1):
        reference = data.get(f"v{index}-ref")
        if reference is None:
            break
        row = _read_row(data, f"v{index}-", reference, columns, by_id)
        if row is None:
            errors.append(gettext("The variants could not be read. Load the page again."))
            break
        rows.append(row)
    grid = Grid(columns, options, rows or [VariantRow()], errors)
    _fit(grid, (), fills="fill" in data, plain=True)
    kept = {row.variant_id for row in grid.rows} | {row.variant_id for row in grid.pruned}
    grid.pruned += [row for pk, row in by_id.items() if pk not in kept]
    return grid


def _read_row(
    data: QueryDict, prefix: str, reference: str, columns: Columns, by_id: Mapping[int | None, VariantRow]
) -> VariantRow | None:
    try:
        given = json.loads(reference[:4000])
        names = tuple(one_line(str(name), 120) for name in given["names"])
        variant_id, seen = given["id"], given["seen"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if variant_id is not None and (not isinstance(variant_id, int) or variant_id not in by_id):
        return None
    known = by_id.get(variant_id)
    row = VariantRow(names=names, variant_id=variant_id)
    if known is not None:
        row.value_ids, row.reserved, row.on_hand = known.value_ids, known.reserved, known.on_hand
        row.cells, row.stored = dict(known.cells), dict(known.stored)
    if not _read_seen(row, seen, columns):
        return None
    for key in columns.plain:
        if prefix + key in data:
            row.cells[key] = one_line(data.get(prefix + key, "")[:1000])
    row.removed = prefix + "off" in data
    return row


def _read_seen(row: VariantRow, seen: Any, columns: Columns) -> bool:
    """Take over what the plain table remembers of the counts; False if it is nothing a page wrote."""
    if seen is None:
        return True
    if not isinstance(seen, dict):
        return False
    for location, text in seen.items():
        key = f"stock-{location}"
        if not columns.knows(key) or not isinstance(text, str) or (text and not text.isdigit()) or len(text) > 18:
            return False
        row.stored[key] = text
    return True


def _apply(grid: Grid, cells: Cells) -> None:
    by_key = {row.key: row for row in grid.rows}
    for key, changes in cells.changes.items():
        row = by_key.get(key)
        if row is None:
            continue
        for column, change in changes.items():
            if column == "off":
                row.removed = bool(change.value)
            else:
                row.cells[column] = change.value
                if row.variant_id and grid.columns.guarded(column):
                    row.stored[column] = change.seen


def _fit(grid: Grid, fresh: Sequence[str], *, fills: bool, plain: bool) -> None:
    """Give the grid its rows: what is there under its present names, and the combinations that are wanted besides.

    A stored variant keeps its identity when an option or a value is renamed or moved. A combination is added if it
    has a value that is new, if the page already had it, or if all missing ones are asked for; a combination that
    was left out earlier stays left out. When an option is added, the rows there were get its first value; when one
    goes, the first row of each remaining combination stays. Variants that nothing keeps are `pruned`.
    """
    if grid.errors:
        return
    options = grid.used_options
    if prod(len(option.names) for option in options) > MAXIMUM_VARIANTS:
        message = gettext("A product can have up to %(most)s variants.")
        grid.errors.append(message % {"most": MAXIMUM_VARIANTS})
        return
    taken: dict[tuple[str, ...], VariantRow] = {}
    for row in grid.rows:
        if row.variant_id is None and not plain:
            continue
        names = _present_names(row, options, plain=plain)
        if names is None or names in taken:
            if row.variant_id:
                grid.pruned.append(row)
        else:
            row.names = names
            taken[names] = row
    pattern = next(iter(taken.values()), grid.rows[0] if grid.rows else VariantRow())
    known = {"n" + "\x1f".join(names) for names in taken}
    asked = set(fresh) | known
    has_stored = any(row.variant_id for row in taken.values())
    rows: list[VariantRow] = []
    for picked in combinations(*[option.values for option in options]):
        names = tuple(value.name for value in picked)
        found = taken.get(names)
        if found is None:
            is_new = not has_stored or any(value.is_new for value in picked) or any(o.is_new for o in options)
            if not (is_new or fills or "n" + "\x1f".join(names) in asked):
                grid.missing += 1
                continue
            found = VariantRow(names=names, cells=grid.columns.inherited(pattern.cells))
        rows.append(found)
    grid.rows = rows


def _present_names(row: VariantRow, options: Sequence[OptionRow], *, plain: bool) -> tuple[str, ...] | None:
    """Return the row's value under each option as it is called now; None if one of its values is gone."""
    names: list[str] = []
    unused = list(row.names)
    for option in options:
        value = next((value for value in option.values if value.id and value.id in row.value_ids), None)
        if value is not None:
            names.append(value.name)
            if value.stored_name in unused:
                unused.remove(value.stored_name)
            continue
        called = next((name for name in row.names if name in option.names and name in unused), None)
        if called is not None:
            names.append(called)
            unused.remove(called)
        elif option.is_new:
            names.append(option.names[0])
        else:
            return None
    return tuple(names)


def drafts(grid: Grid) -> tuple[list[OptionDraft], list[VariantDraft], list[VariantFacts]]:
    """Return what the services take; wrong fields are noted on their rows, and then it is of no use."""
    options = [option.draft() for option in grid.used_options]
    variants: list[VariantDraft] = []
    facts: list[VariantFacts] = []
    kept = [row for row in grid.rows if not row.removed]
    if not kept:
        grid.errors.append(gettext("Keep at least one variant."))
    for row in kept:
        for name, most in LONGEST.items():
            if len(row.cells.get(name, "")) > most:
                row.errors[name] = gettext("At most %(most)s characters.") % {"most": most}
        tax_class = row.cells.get("tax", "").lower()
        if not TAX_CLASS.fullmatch(tax_class):
            row.errors["tax"] = gettext("Write the code of a tax class, such as reduced. Empty means the product's.")
        origin = row.cells.get("origin", "").upper()
        if origin and not (len(origin) == 2 and origin.isascii() and origin.isalpha()):
            row.errors["origin"] = gettext("Write the two letters of the country, such as CN.")
        try:
            parse_content(row.cells.get("content", ""))
        except InvalidInput:
            row.errors["content"] = gettext("Write an amount and a unit: 500 g, 0.75 l, 2 m, 10 pc.")
        image = row.cells.get("image", "")
        variants.append(
            VariantDraft(
                option_values=row.names,
                variant_id=row.variant_id,
                sku=row.cells.get("sku", ""),
                barcode=row.cells.get("barcode", ""),
                weight_grams=_whole(row, "weight", MAXIMUM_WEIGHT) or 0,
                content=row.cells.get("content", ""),
                tax_class=tax_class,
                hs_code=row.cells.get("hs", ""),
                origin_country=origin,
                image_id=int(image) if image.isascii() and image.isdigit() and int(image) <= MAXIMUM_ID else None,
            )
        )
        facts.append(_facts(row, grid.columns))
    return options, variants, facts


def _facts(row: VariantRow, columns: Columns) -> VariantFacts:
    """Return the prices, cost and counts of a row that are not what is stored."""
    prices: dict[str, tuple[int, int | None] | None] = {}
    for place, code in enumerate(columns.currencies):
        keys = (f"price-{code}", f"compare-{code}")
        now = [row.cells.get(key, "") for key in keys]
        if place and row.variant_id and now == [row.stored.get(key, "") for key in keys]:
            continue
        price, compare = (_amount(row, key, code) for key in keys)
        if price is not None:
            prices[code] = (price, compare)
            if compare is not None and compare <= price:
                row.errors[keys[1]] = gettext("The former price must be higher than the price.")
        elif compare is not None:
            row.errors[keys[0]] = gettext("Enter a price too.")
        elif place:
            prices[code] = None
        if not place and price is None and keys[0] not in row.errors:
            row.errors[keys[0]] = gettext("Enter a price.")
    own = columns.currencies[0]
    changes_cost = row.cells.get("cost", "") != row.stored.get("cost", "")
    cost = _amount(row, "cost", own) if changes_cost else None
    counts = []
    for key, location_id in columns.stock.items():
        text, seen = row.cells.get(key, ""), row.stored.get(key)
        if text and text != (seen or ""):
            counted = _whole(row, key, MAXIMUM_COUNT)
            if counted is not None:
                counts.append(Count(location_id, counted, int(seen) if seen else None))
    return VariantFacts(
        names=row.names,
        prices=prices,
        counts=tuple(counts),
        cost=Money(cost, own) if cost is not None else None,
        changes_cost=changes_cost,
    )


def _amount(row: VariantRow, key: str, currency: str) -> int | None:
    try:
        return parse_amount(row.cells.get(key, ""), currency)
    except ValidationError as error:
        row.errors[key] = " ".join(error.messages)
        return None


def _whole(row: VariantRow, key: str, most: int) -> int | None:
    text = row.cells.get(key, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or int(text) > most:
        row.errors[key] = gettext("Enter a whole number from 0.")
        return None
    return int(text)
