"""WooCommerce's product CSV: simple products, and variable ones whose variations are rows of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from duli.base.clock import now
from duli.base.errors import DuliError
from duli.base.text import one_line, slugify
from duli.commerce.exchange import values
from duli.commerce.exchange.formats.base import Context, Findings, barcode, distinct, two_prices
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import (
    DownloadsNotImported,
    HiddenImportedAsDraft,
    ImportedImage,
    ImportedOption,
    ImportedPrice,
    ImportedProduct,
    ImportedVariant,
    KindNotImported,
    NothingToSell,
    ParentMissing,
    Parsed,
    Row,
    ValueAny,
    ValueMissing,
)

ANY = "Any"
_WEIGHT = re.compile(r"^weight (kg|g|lbs|lb|oz)$")
_ATTRIBUTE = re.compile(r"^attribute (\d+) name$")
BARCODE = ("gtin upc ean or isbn", "barcode", "ean")


class WooCommerce:
    code = "woocommerce"
    source = "woocommerce"
    variants_from = ""

    def matches(self, columns: frozenset[str]) -> bool:
        return {"type", "name"} <= columns and bool(
            columns & {"sku", "id"} and columns & {"regular price", "parent", "attribute 1 name", "is featured"}
        )

    def key(self, row: Row, spool: Spool) -> str:
        sku, number, parent = row.get("sku"), row.get("id"), row.get("parent")
        if "variation" in row.get("type").lower():
            # A parent is named by SKU or as "id:44"; it may stand anywhere in the file.
            return f"parent:{parent.lower()}"[:255] if parent else ""
        key = f"id:{number}" if number else f"sku:{sku.lower()}" if sku else ""
        if not key:
            return ""
        for alias in (f"id:{number}" if number else "", sku):
            if alias:
                spool.add_alias(f"parent:{alias.lower()}"[:255], key)
        return key

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        return None

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        records = rows[""]
        variations = [row for row in records if "variation" in row.get("type").lower()]
        head = next((row for row in records if row not in variations), None)
        images = _images(records)
        findings = Findings(key, len(variations) or 1, len(images))
        if head is None:
            findings.variants = len(variations)
            for row in variations:
                findings.refuse(row.number, "variant", ParentMissing(field="parent", parent=row.get("parent")))
            return findings.result(None)
        kinds = {part.strip().lower() for part in head.get("type").split(",")}
        if not head.get("name"):
            return findings.whole_refused(head, ValueMissing(field="name", column="Name"))
        if not kinds & {"simple", "variable"}:
            findings.variants = len(variations)
            return findings.whole_refused(head, KindNotImported(field="type", kind=", ".join(sorted(kinds))))
        if kinds & {"downloadable"}:
            findings.note(head.number, "product", DownloadsNotImported(field="type"))
        options: tuple[ImportedOption, ...] = ()
        variants: tuple[ImportedVariant, ...] | None
        if "variable" in kinds:
            if not variations:
                return findings.whole_refused(head, NothingToSell(field="price"))
            options, variants = _matrix(head, variations, context, findings)
        else:
            try:
                variants = distinct([_variant(head, head, (), context, findings)], context, findings)
            except DuliError as error:
                return findings.whole_refused(head, error)
        if variants is None:
            return findings.result(None)
        return findings.result(_product(key, head, options, variants, images, findings))


def _matrix(
    head: Row, variations: list[Row], context: Context, findings: Findings
) -> tuple[tuple[ImportedOption, ...], tuple[ImportedVariant, ...] | None]:
    """Return options and variants; None for the variants if one of them cannot be read."""
    names = list(dict.fromkeys(name for row in variations for name in _attributes(row)))
    variants = []
    for row in sorted(variations, key=lambda row: int(row.get("position")) if row.get("position").isdigit() else 0):
        chosen = _attributes(row)
        picked = []
        for name in names:
            value = chosen.get(name, "")
            if not value:
                findings.note(row.number, "variant", ValueAny(field="attribute", option=name))
            picked.append(value or ANY)
        try:
            variants.append(_variant(row, head, tuple(picked), context, findings))
        except DuliError as error:
            findings.refuse(row.number, "variant", error)
    if findings.refused:
        return (), None
    kept = distinct(variants, context, findings)
    options = []
    for place, name in enumerate(names):
        used = dict.fromkeys(variant.option_values[place] for variant in kept)
        # The parent lists the values in the order the merchant chose.
        wanted = [value for value in values.listed(_attributes(head).get(name, "")) if value in used]
        options.append(ImportedOption(name, tuple(dict.fromkeys([*wanted, *used]))))
    return tuple(options), kept


def _attributes(row: Row) -> dict[str, str]:
    """Return {attribute name: its values as written}."""
    found = {}
    for column, name in row.cells.items():
        match = _ATTRIBUTE.match(column)
        if match and name.strip():
            found[one_line(name, 80)] = row.get(f"attribute {match[1]} value s", f"attribute {match[1]} value")
    return found


def _prices(row: Row, context: Context, findings: Findings) -> ImportedPrice:
    regular, sale = row.get("regular price"), row.get("sale price")
    if not regular and not sale:
        raise ValueMissing(field="price", column="Regular price")
    starts = values.moment(row.get("date sale price starts"), "Date sale price starts")
    ends = values.moment(row.get("date sale price ends"), "Date sale price ends")
    instant = now()
    if sale and regular and (starts is None or starts <= instant) and (ends is None or ends > instant):
        return two_prices(row.number, findings, context.currency, (sale, "Sale price"), (regular, "Regular price"))
    return two_prices(row.number, findings, context.currency, (regular or sale, "Regular price"), ("", ""))


def _variant(
    row: Row, head: Row, option_values: tuple[str, ...], context: Context, findings: Findings
) -> ImportedVariant:
    unit, weight = next(
        (
            (match[1], row.get(column) or head.get(column))
            for column in row.cells
            if (match := _WEIGHT.match(column)) and (row.get(column) or head.get(column))
        ),
        ("g", ""),
    )
    stock = row.get("stock")
    in_stock = values.flag(row.get("in stock"), True)
    counted = bool(stock) and not stock.isalpha()
    backorders = row.get("backorders allowed").lower() in {"1", "yes", "notify", "true"}
    kinds = f"{row.get('type')},{head.get('type')}".lower()
    images = values.listed(row.get("images"))
    return ImportedVariant(
        row=row.number,
        option_values=option_values,
        sku=one_line(row.get("sku"), 100),
        barcode=barcode(row.get(*BARCODE), row.number, findings),
        weight_grams=values.grams(weight, "Weight", unit) if weight else 0,
        tax_class=_own_tax_class(row, head),
        requires_shipping="virtual" not in kinds,
        tracks_stock=(counted or not in_stock) and not backorders,
        prices=(_prices(row, context, findings),),
        stock={"": values.units(stock, "Stock")} if counted else {},
        image=images[0] if images and row is not head else "",
    )


def _images(records: list[Row]) -> dict[str, ImportedImage]:
    found: dict[str, ImportedImage] = {}
    for row in records:
        for address in values.listed(row.get("images")):
            found.setdefault(address, ImportedImage(row.number, address))
    return found


def _product(
    key: str,
    head: Row,
    options: tuple[ImportedOption, ...],
    variants: tuple[ImportedVariant, ...],
    images: Mapping[str, ImportedImage],
    findings: Findings,
) -> ImportedProduct:
    published = head.get("published") in {"1", "yes", "true", ""}
    hidden = head.get("visibility in catalog").lower() == "hidden"
    if published and hidden:
        findings.note(head.number, "product", HiddenImportedAsDraft(field="visibility"))
    short, long = values.html(head.get("short description")), values.html(head.get("description"))
    if short and not short.lstrip().startswith("<"):
        short = f"<p>{short}</p>"
    chosen = {option.name for option in options}
    return ImportedProduct(
        key=key,
        row=head.number,
        title=one_line(head.get("name"), 255),
        handle=slugify(head.get("slug") or head.get("name"))[:150],
        description_html=f"{short}\n{long}".strip(),
        status="active" if published and not hidden else "draft",
        brand=next(iter(values.listed(head.get("brands", "brand"))), "")[:160],
        tax_class=_tax_class(head),
        seo_title=one_line(head.get("meta yoast wpseo title"), 200),
        seo_description=one_line(head.get("meta yoast wpseo metadesc"), 400),
        options=options,
        variants=variants,
        images=tuple(images.values()),
        tags=values.listed(head.get("tags")),
        categories=tuple(values.path(part) for part in values.listed(head.get("categories"))),
        attributes=tuple(
            (name, value)
            for name, texts in _attributes(head).items()
            if name not in chosen
            for value in values.listed(texts)
        ),
    )


def _tax_class(head: Row, parent: str = "standard") -> str:
    """Return the class of a row; a variation without one, or with "parent", has that of its product."""
    if head.get("tax status").lower() == "none":
        return "zero"
    named = slugify(head.get("tax class"))[:40]
    return named if named and named != "parent" else parent


def _own_tax_class(row: Row, head: Row) -> str:
    """Return the class of a variation that is taxed in another way than its product, else nothing."""
    of_product = _tax_class(head)
    own = _tax_class(row, of_product)
    return "" if own == of_product else own
