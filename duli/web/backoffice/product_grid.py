"""Options and variants of the product editor: read as typed, fitted to the options, turned into drafts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import product as combinations

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext

from duli.base.text import one_line
from duli.commerce.assortment.services import VariantFacts
from duli.commerce.catalogue.types import (
    MAXIMUM_OPTIONS,
    MAXIMUM_VARIANTS,
    OptionDraft,
    OptionValueDraft,
    VariantDraft,
)
from duli.web.backoffice.kit.forms import MAXIMUM_ID, amount_text, parse_amount
from duli.web.backoffice.selectors.product_page import ProductOnPage, VariantOfProduct

SEPARATORS = str.maketrans({"，": ",", "、": ",", "\n": ","})
MAXIMUM_COUNT = 10_000_000
MAXIMUM_WEIGHT = 10_000_000
MAXIMUM_TEXT = 300_000
LONGEST = {"sku": 100, "barcode": 60, "weight": 12, "stock": 12}
LONGEST_NAME = 80
LONGEST_VALUE = 120


def split_values(text: str) -> list[str]:
    """Return the values of a list written with commas, Chinese ones too, each once."""
    parts = [one_line(part) for part in text.translate(SEPARATORS).split(",")]
    return list(dict.fromkeys(part for part in parts if part))


@dataclass(slots=True)
class OptionRow:
    """A dimension of choice as typed: the values separated by commas."""

    name: str = ""
    values: str = ""

    @property
    def names(self) -> list[str]:
        return split_values(self.values)


@dataclass(slots=True)
class VariantRow:
    """One line of the grid, as typed; `errors` per field."""

    names: tuple[str, ...] = ()
    variant_id: int | None = None
    seen: int | None = None
    reserved: int = 0
    elsewhere: int = 0
    sku: str = ""
    barcode: str = ""
    weight: str = ""
    stock: str = ""
    removed: bool = False
    prices: dict[str, str] = field(default_factory=dict)
    compare: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return " / ".join(self.names)

    @property
    def reference(self) -> str:
        """What the page must remember of the row to recognise it again."""
        return json.dumps({"names": self.names, "id": self.variant_id, "seen": self.seen}, ensure_ascii=False)


@dataclass(slots=True)
class Grid:
    """Options and variants of a product as the page holds them."""

    currencies: tuple[str, ...]
    options: list[OptionRow]
    rows: list[VariantRow]
    errors: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        return not self.errors and not any(row.errors for row in self.rows)

    @property
    def used_options(self) -> list[OptionRow]:
        return [option for option in self.options if option.name or option.values]


def blank_grid(currencies: tuple[str, ...]) -> Grid:
    return Grid(currencies, [], [VariantRow()])


def grid_of(page: ProductOnPage, currencies: tuple[str, ...]) -> Grid:
    """Return the grid of a stored product."""
    options = [OptionRow(option.name, ", ".join(option.values)) for option in page.options]
    return Grid(currencies, options, [_row_of(variant, currencies) for variant in page.variants] or [VariantRow()])


def _row_of(variant: VariantOfProduct, currencies: tuple[str, ...]) -> VariantRow:
    return VariantRow(
        names=variant.names,
        variant_id=variant.id,
        seen=variant.on_hand,
        reserved=variant.reserved,
        elsewhere=variant.elsewhere,
        sku=variant.sku,
        barcode=variant.barcode,
        weight=str(variant.weight_grams) if variant.weight_grams else "",
        stock=str(variant.on_hand),
        prices={code: amount_text(variant.prices[code][0], code) for code in currencies if code in variant.prices},
        compare={code: amount_text(variant.prices[code][1], code) for code in currencies if code in variant.prices},
    )


def read_grid(data: QueryDict, currencies: tuple[str, ...], *, known: frozenset[int]) -> Grid:
    """Read options and rows as they were sent; `known` are the ids of the product's own variants."""
    names = data.getlist("option_name")[: MAXIMUM_OPTIONS + 1]
    values = data.getlist("option_values")[: MAXIMUM_OPTIONS + 1]
    options = [
        OptionRow(one_line(name), text[:MAXIMUM_TEXT])
        for name, text in zip(names, [*values, *[""] * len(names)], strict=False)
    ]
    rows: list[VariantRow] = []
    errors: list[str] = []
    for index in range(MAXIMUM_VARIANTS + 1):
        reference = data.get(f"v{index}-ref")
        if reference is None:
            break
        row = _read_row(data, f"v{index}-", reference, currencies, known)
        if row is None:
            errors.append(gettext("The variants could not be read. Load the page again."))
            break
        rows.append(row)
    grid = Grid(currencies, [option for option in options if option.name or option.values.strip()], rows, errors)
    _check_options(grid)
    return grid


def _read_row(
    data: QueryDict, prefix: str, reference: str, currencies: tuple[str, ...], known: frozenset[int]
) -> VariantRow | None:
    try:
        given = json.loads(reference[:4000])
        names = tuple(one_line(str(name), 120) for name in given["names"])
        variant_id, seen = given["id"], given["seen"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if variant_id is not None and (not isinstance(variant_id, int) or variant_id not in known):
        return None
    if seen is not None and (not isinstance(seen, int) or not 0 <= seen <= MAXIMUM_ID):
        return None

    def text(name: str) -> str:
        return one_line(data.get(prefix + name, "")[:1000])

    row = VariantRow(
        names=names,
        variant_id=variant_id,
        seen=seen,
        sku=text("sku"),
        barcode=text("barcode"),
        weight=text("weight"),
        stock=text("stock"),
        removed=prefix + "off" in data,
        prices={code: text(f"price-{code}") for code in currencies},
        compare={code: text(f"compare-{code}") for code in currencies},
    )
    for name, most in LONGEST.items():
        if len(getattr(row, name)) > most:
            row.errors[name] = gettext("At most %(most)s characters.") % {"most": most}
    return row


def _check_options(grid: Grid) -> None:
    if len(grid.options) > MAXIMUM_OPTIONS:
        grid.errors.append(gettext("A product can have up to %(most)s options.") % {"most": MAXIMUM_OPTIONS})
    names = [option.name for option in grid.options]
    if any(not name for name in names):
        grid.errors.append(gettext("Give every option a name, such as Colour."))
    elif len(set(names)) != len(names):
        grid.errors.append(gettext("Two options have the same name."))
    if any(len(name) > LONGEST_NAME for name in names):
        grid.errors.append(
            gettext("The name of an option can have up to %(most)s characters.") % {"most": LONGEST_NAME}
        )
    if any(len(value) > LONGEST_VALUE for option in grid.options for value in option.names):
        grid.errors.append(gettext("A value can have up to %(most)s characters.") % {"most": LONGEST_VALUE})
    if any(not option.names for option in grid.options):
        grid.errors.append(gettext("Give every option at least one value."))
    total = 1
    for option in grid.options:
        total *= max(len(option.names), 1)
    if total > MAXIMUM_VARIANTS:
        grid.errors.append(gettext("A product can have up to %(most)s variants.") % {"most": MAXIMUM_VARIANTS})


def fit_rows(grid: Grid) -> Grid:
    """Return the grid with one row per combination of its options; what was typed stays with its combination.

    A new combination starts with the price and weight of the first row. When an option is added, the rows there
    were become its first value; when one goes, the first row of each remaining combination stays.
    """
    if grid.errors:
        return grid
    wanted = [tuple(names) for names in combinations(*[option.names for option in grid.used_options])]
    exact = {row.names: row for row in grid.rows}
    spare = [row for row in grid.rows if row.names not in set(wanted)]
    pattern = grid.rows[0] if grid.rows else VariantRow()
    rows = []
    for names in wanted:
        row = exact.get(names)
        if row is None:
            inherited = next(
                (old for old in spare if len(old.names) != len(names) and _same_start(old.names, names)), None
            )
            if inherited is not None:
                spare.remove(inherited)
                inherited.names = names
                row = inherited
            else:
                row = VariantRow(
                    names=names, weight=pattern.weight, prices=dict(pattern.prices), compare=dict(pattern.compare)
                )
        rows.append(row)
    return Grid(grid.currencies, grid.options, rows, grid.errors)


def _same_start(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    shared = min(len(old), len(new))
    return old[:shared] == new[:shared]


def drafts(grid: Grid) -> tuple[list[OptionDraft], list[VariantDraft], list[VariantFacts]]:
    """Return what the services take; wrong fields are noted on their rows, and then it is of no use."""
    options = [
        OptionDraft(option.name, [OptionValueDraft(name) for name in option.names]) for option in grid.used_options
    ]
    variants: list[VariantDraft] = []
    facts: list[VariantFacts] = []
    kept = [row for row in grid.rows if not row.removed]
    if not kept:
        grid.errors.append(gettext("Keep at least one variant."))
    for row in kept:
        prices: dict[str, tuple[int, int | None]] = {}
        for code in grid.currencies:
            price = _amount(row, "price", code, row.prices.get(code, ""))
            compare = _amount(row, "compare", code, row.compare.get(code, ""))
            if price is not None:
                prices[code] = (price, compare)
                if compare is not None and compare <= price:
                    row.errors[f"compare-{code}"] = gettext("The former price must be higher than the price.")
            elif compare is not None:
                row.errors[f"price-{code}"] = gettext("Enter a price too.")
        own = grid.currencies[0]
        if own not in prices and f"price-{own}" not in row.errors:
            row.errors[f"price-{own}"] = gettext("Enter a price.")
        weight = _whole(row, "weight", row.weight, MAXIMUM_WEIGHT)
        counted = _whole(row, "stock", row.stock, MAXIMUM_COUNT) if row.stock else None
        variants.append(
            VariantDraft(
                option_values=row.names,
                variant_id=row.variant_id,
                sku=row.sku,
                barcode=row.barcode,
                weight_grams=weight or 0,
            )
        )
        facts.append(VariantFacts(row.names, prices, counted, row.seen))
    return options, variants, facts


def _amount(row: VariantRow, name: str, currency: str, text: str) -> int | None:
    try:
        return parse_amount(text, currency)
    except ValidationError as error:
        row.errors[f"{name}-{currency}"] = " ".join(error.messages)
        return None


def _whole(row: VariantRow, name: str, text: str, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST["stock"]) or int(text) > most:
        row.errors[name] = gettext("Enter a whole number from 0.")
        return None
    return int(text)
