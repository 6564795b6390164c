"""Duli's own CSV: everything of a product that a spreadsheet can hold, in rows as the export writes them.

The first row of a product carries the product; each row carries one variant and one picture. Lists use "|",
categories ">"; columns in square brackets exist per language, currency or stock location.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from duli.base.errors import DuliError
from duli.base.text import one_line, slugify, unguarded
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.exchange import values
from duli.commerce.exchange.formats.base import Context, Findings, distinct, two_prices
from duli.commerce.exchange.parts import attribute_from, bundle_from, files_from
from duli.commerce.exchange.reading import column_name
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import (
    ImportedImage,
    ImportedLevel,
    ImportedOption,
    ImportedPrice,
    ImportedProduct,
    ImportedSafety,
    ImportedVariant,
    NothingToSell,
    Parsed,
    Row,
    ValueMissing,
    ValueUnknown,
)

HANDLE = "Product handle"
PRODUCT_COLUMNS = (
    "Title",
    "Status",
    "Published at",
    "Unpublished at",
    "Description",
    "Type",
    "Gift card",
    "Brand",
    "Tags",
    "Categories",
    "Collections",
    "Attributes",
    "Tax class",
    "HS code",
    "Country of origin",
    "Maker",
    "Responsible person",
    "Safety information",
    "Related products",
    "SEO title",
    "SEO description",
)
TEXT_COLUMNS = {
    "Title": "title",
    "Description": "description_html",
    "SEO title": "seo_title",
    "SEO description": "seo_description",
}
VARIANT_COLUMNS = (
    *("SKU", "Barcode", "Variant tax class", "Variant HS code", "Variant country of origin", "Weight (g)", "Content"),
    *("Requires shipping", "Tracks stock", "Bundle of", "Bundle price", "Bundle discount %", "Files"),
)
LEVEL_COLUMNS = ("Low stock at", "Back-order limit", "Back-order from", "Back-order promise")
IMAGE_COLUMNS = ("Variant image", "Image", "Image alt")
OPTIONS = 5

_PROMISE = re.compile(r"^back-order promise \(([a-z-]+)\) \[(.+)\]$", re.IGNORECASE)
_BRACKETED = re.compile(r"^(.+?) \[(.+)\]$")


def _unguarded(rows: Sequence[Row]) -> list[Row]:
    return [Row(row.number, {name: unguarded(text) for name, text in row.cells.items()}) for row in rows]


def bracketed(titles: Sequence[str], name: str) -> dict[str, str]:
    """Return {what stands in brackets: the column} for the columns called ``name [..]``."""
    found = {}
    for title in titles:
        match = _BRACKETED.match(title.strip())
        if match and column_name(match[1]) == column_name(name):
            found[match[2]] = column_name(title)
    return found


_OPTION_VALUES = tuple(f"option {index} value" for index in range(1, OPTIONS + 1))
_HEAD = {column_name(name) for name in PRODUCT_COLUMNS} | {f"option {index} name" for index in range(1, OPTIONS + 1)}


def completed(
    rows: list[Row], titles: Sequence[str], current: list[Row], current_titles: Sequence[str]
) -> tuple[list[Row], list[str]]:
    """Return the rows with what the shop has in every column and of every variant that the file leaves out.

    So a file with nothing but handle, SKU and price changes prices only, and a row that was deleted from a
    spreadsheet deletes nothing. Variants are recognised by SKU, else by their options.
    """
    in_file = {column_name(title) for title in titles}
    missing = [title for title in current_titles if column_name(title) not in in_file]
    left_out = {column_name(title) for title in missing}
    of_product = (*TEXT_COLUMNS, *(f"Option {number} name" for number in range(1, OPTIONS + 1)))
    translated = {column for name in of_product for column in bracketed(current_titles, name).values()}
    of_head = left_out & (_HEAD | translated)
    of_variant = left_out - of_head - {"image", "image alt"}
    stored = [row for row in current if row.get("tracks stock")]
    unlisted = list(stored)
    merged = []
    for place, row in enumerate(rows):
        found = next((known for known in unlisted if row.get("sku") and known.get("sku") == row.get("sku")), None)
        if found is None and _speaks_of_variant(row):
            found = next((known for known in unlisted if _chosen(known) == _chosen(row)), None)
        cells: dict[str, str] = {}
        if found is not None:
            unlisted.remove(found)
            cells = {name: text for name, text in found.cells.items() if name in of_variant}
        if place == 0:
            cells |= {name: text for name, text in current[0].cells.items() if name in of_head}
        merged.append(Row(row.number, {**cells, **row.cells}))
    pictures = {"image", "image alt"}
    for known in unlisted:
        merged.append(Row(rows[0].number, {name: text for name, text in known.cells.items() if name not in pictures}))
    if "image" in left_out:
        merged += [Row(rows[0].number, {name: row.get(name) for name in pictures}) for row in current]
    return merged, [*titles, *missing]


def _chosen(row: Row) -> tuple[str, ...]:
    return tuple(row.get(name) for name in _OPTION_VALUES)


def _speaks_of_variant(row: Row) -> bool:
    return any(_chosen(row)) or not row.get("image") or any(name.startswith("price ") for name in row.cells)


class Own:
    code = "duli"
    source = "duli"
    variants_from = ""

    def matches(self, columns: frozenset[str]) -> bool:
        return {"product handle", "title"} <= columns

    def key(self, row: Row, spool: Spool) -> str:
        return row.get("product handle")[:255].lower()

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        return None

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        records = _unguarded(rows[""])
        titles = list(context.titles)
        current = context.current(key)
        if current is not None:
            records, titles = completed(records, titles, _unguarded(current[1]), current[0])
        head = next((row for row in records if row.get("title")), None)
        prices = bracketed(titles, "Price")
        lines = [row for row in records if row.get("sku", "tracks stock", "option 1 value", *prices.values())]
        images: dict[str, ImportedImage] = {}
        for row in records:
            if row.get("image"):
                images.setdefault(row.get("image"), ImportedImage(row.number, row.get("image"), row.get("image alt")))
        findings = Findings(key, len(lines), len(images))
        if head is None:
            return findings.whole_refused(records[0], ValueMissing(field="title", column="Title"))
        if not lines:
            return findings.whole_refused(head, NothingToSell(field="price"))
        names = [head.get(f"option {index} name") for index in range(1, OPTIONS + 1)]
        names = [one_line(name, 80) for name in names if name]
        variants = []
        for row in lines:
            try:
                variants.append(_variant(row, len(names), titles, findings))
            except DuliError as error:
                findings.refuse(row.number, "variant", error)
        if findings.refused:
            return findings.result(None)
        kept = distinct(variants, context, findings)
        try:
            return findings.result(_product(key, head, names, lines, kept, images, titles))
        except DuliError as error:
            return findings.whole_refused(head, error)


def _variant(row: Row, options: int, titles: list[str], findings: Findings) -> ImportedVariant:
    formers = bracketed(titles, "Compare-at price")
    prices: list[ImportedPrice] = []
    for currency, column in bracketed(titles, "Price").items():
        if row.get(column):
            former = (row.get(formers.get(currency, "")), f"Compare-at price [{currency}]")
            prices.append(two_prices(row.number, findings, currency, (row.get(column), f"Price [{currency}]"), former))
    weight = row.get("weight g")
    return ImportedVariant(
        row=row.number,
        option_values=tuple(one_line(row.get(f"option {index} value"), 120) for index in range(1, options + 1)),
        sku=one_line(row.get("sku"), 100),
        barcode=row.get("barcode")[:60],
        weight_grams=values.grams(weight, "Weight (g)") if weight else 0,
        tax_class=slugify(row.get("variant tax class"))[:40],
        hs_code=row.get("variant hs code")[:14],
        origin_country=row.get("variant country of origin")[:2].upper(),
        requires_shipping=values.flag(row.get("requires shipping"), True),
        tracks_stock=values.flag(row.get("tracks stock"), True),
        prices=tuple(prices),
        stock={
            code: values.units(row.get(column), f"Stock [{code}]")
            for code, column in bracketed(titles, "Stock").items()
            if row.get(column)
        },
        levels=_levels(row, titles),
        cost=_cost(row, titles),
        bundle=bundle_from(row),
        files=files_from(row.get("files")),
        content=row.get("content")[:30],
        image=row.get("variant image"),
    )


def _option_texts(
    head: Row, lines: list[Row], titles: list[str], number: int
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return what an option, and each of its values, is called in other languages."""
    names = {
        language: one_line(head.get(column), 80)
        for language, column in bracketed(titles, f"Option {number} name").items()
        if head.get(column)
    }
    values_by_name: dict[str, dict[str, str]] = {}
    for language, column in bracketed(titles, f"Option {number} value").items():
        for row in lines:
            if row.get(column):
                told = values_by_name.setdefault(one_line(row.get(f"option {number} value"), 120), {})
                told[language] = one_line(row.get(column), 120)
    return names, values_by_name


def _levels(row: Row, titles: list[str]) -> dict[str, ImportedLevel]:
    """Return the rules of each location's level, where the file has columns for them."""
    limits, days = bracketed(titles, "Back-order limit"), bracketed(titles, "Back-order from")
    promises, translated = bracketed(titles, "Back-order promise"), sorted(_promises_by_language(titles).items())
    found = {}
    for code, column in bracketed(titles, "Low stock at").items():
        threshold, limit = row.get(column), row.get(limits.get(code, ""))
        promise = one_line(row.get(promises.get(code, "")), 120)
        told = tuple(
            (language, one_line(row.get(columns[code]), 120))
            for language, columns in translated
            if row.get(columns.get(code, ""))
        )
        day = values.day(row.get(days.get(code, "")), f"Back-order from [{code}]")
        if threshold or limit or promise or day or told:
            found[code] = ImportedLevel(
                values.units(threshold, f"Low stock at [{code}]") if threshold else None,
                values.units(limit, f"Back-order limit [{code}]") if limit else 0,
                promise,
                day,
                told,
            )
    return found


def _promises_by_language(titles: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return {language: {location: the column}} of promises in other languages, ``Back-order promise (en) [main]``."""
    found: dict[str, dict[str, str]] = {}
    for title in titles:
        match = _PROMISE.match(title.strip())
        if match:
            found.setdefault(match[1], {})[match[2]] = column_name(title)
    return found


def _cost(row: Row, titles: list[str]) -> ImportedPrice | None:
    """Return what a unit costs the merchant; of no currency where the cells are empty, None without such cells."""
    if not bracketed(titles, "Cost"):
        return None
    for currency, column in bracketed(titles, "Cost").items():
        if row.get(column):
            return ImportedPrice(currency, values.price(row.get(column), f"Cost [{currency}]", currency))
    return ImportedPrice("", 0)


def _product(
    key: str,
    head: Row,
    names: list[str],
    lines: list[Row],
    variants: tuple[ImportedVariant, ...],
    images: dict[str, ImportedImage],
    titles: list[str],
) -> ImportedProduct:
    status = head.get("status").lower() or ProductStatus.DRAFT
    if status not in ProductStatus.values:
        raise ValueUnknown(field="status", column="Status", value=status)
    options = []
    for place, name in enumerate(names):
        swatches = {
            row.get(f"option {place + 1} value"): row.get(f"option {place + 1} swatch")
            for row in lines
            if row.get(f"option {place + 1} swatch")
        }
        used = tuple(dict.fromkeys(variant.option_values[place] for variant in variants))
        options.append(ImportedOption(name, used, swatches, *_option_texts(head, lines, titles, place + 1)))
    texts: dict[str, dict[str, str]] = {}
    for title, field in TEXT_COLUMNS.items():
        for language, column in bracketed(titles, title).items():
            texts.setdefault(language, {})[field] = head.get(column)
    for variant in variants:
        if variant.image:
            images.setdefault(variant.image, ImportedImage(variant.row, variant.image))
    attributes = []
    for part in values.listed(head.get("attributes"), "|"):
        attribute = attribute_from(part)
        if attribute is not None:
            attributes.append(attribute)
    return ImportedProduct(
        key=key,
        row=head.number,
        title=one_line(head.get("title"), 255),
        handle=key,
        description_html=head.get("description"),
        status=status,
        is_gift_card=values.flag(head.get("gift card")),
        published_at=values.moment(head.get("published at"), "Published at"),
        unpublished_at=values.moment(head.get("unpublished at"), "Unpublished at"),
        product_type=one_line(head.get("type"), 160),
        brand=one_line(head.get("brand"), 160),
        tax_class=head.get("tax class")[:40] or "standard",
        hs_code=head.get("hs code")[:14],
        origin_country=head.get("country of origin")[:2].upper(),
        safety=ImportedSafety(
            values.listed(head.get("maker"), "|"),
            values.listed(head.get("responsible person"), "|"),
            head.get("safety information"),
        ),
        related=values.listed(head.get("related products"), "|"),
        seo_title=one_line(head.get("seo title"), 200),
        seo_description=one_line(head.get("seo description"), 400),
        texts=texts,
        options=tuple(options),
        variants=variants,
        images=tuple(images.values()),
        tags=values.listed(head.get("tags"), "|"),
        categories=tuple(values.path(part) for part in values.listed(head.get("categories"), "|")),
        collections=values.listed(head.get("collections"), "|"),
        attributes=tuple(attributes),
    )
