"""Shopify's product CSV, in the form with "Handle" and "Variant Price" and in the one with "URL handle" and "Price"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.exchange import values
from duli.commerce.exchange.formats.base import Context, Findings, barcode, distinct, two_prices
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import (
    ImportedImage,
    ImportedOption,
    ImportedProduct,
    ImportedVariant,
    NothingToSell,
    Parsed,
    Row,
    RowNotUnderstood,
    ValueMissing,
)

HANDLE = ("handle", "url handle")
PRICE = ("variant price", "price")
IMAGE = ("image src", "product image url")
VARIANT_IMAGE = ("variant image", "variant image url")
_OPTIONS = (1, 2, 3)


class Shopify:
    code = "shopify"
    source = "shopify"
    variants_from = ""

    def matches(self, columns: frozenset[str]) -> bool:
        return bool(
            "title" in columns
            and columns & set(HANDLE)
            and columns & {*PRICE, "option1 value", "variant sku"}
            and columns & {"vendor", "option1 name", "body html", "body", "variant grams", "image src"}
        )

    def key(self, row: Row, spool: Spool) -> str:
        return row.get(*HANDLE)[:255].lower()

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        return None

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        records = rows[""]
        lines = [row for row in records if row.get(*PRICE) or row.get("option1 value", "variant sku", "sku")]
        images = _images(records, lines)
        findings = Findings(key, len(lines), len(images))
        head = next((row for row in records if row.get("title")), None)
        if head is None:
            return findings.whole_refused(records[0], ValueMissing(field="title", column="Title"))
        names = [head.get(f"option{index} name") for index in _OPTIONS]
        variants: list[ImportedVariant] = []
        for row in records:
            if row in lines:
                try:
                    variants.append(_variant(row, context, findings))
                except DuliError as error:
                    findings.refuse(row.number, "variant", error)
            elif not row.get(*IMAGE) and row is not head:
                findings.refuse(row.number, "row", RowNotUnderstood(field="row"))
        if any(refusal.kind == "variant" for refusal in findings.refused):
            # A product goes on sale whole or not at all.
            return findings.result(None)
        if not variants:
            return findings.whole_refused(head, NothingToSell(field="price"))
        named = [index for index, name in enumerate(names) if name]
        if len(variants) == 1 and variants[0].option_values[0] in {"Default Title", ""}:
            named = []
        variants = [
            replace(variant, option_values=tuple(variant.option_values[index] or "-" for index in named))
            for variant in variants
        ]
        kept = distinct(variants, context, findings)
        options = tuple(
            ImportedOption(names[index], tuple(dict.fromkeys(variant.option_values[place] for variant in kept)))
            for place, index in enumerate(named)
        )
        return findings.result(_product(key, head, options, kept, tuple(images.values())))


def _variant(row: Row, context: Context, findings: Findings) -> ImportedVariant:
    if not row.get(*PRICE):
        raise ValueMissing(field="price", column="Variant Price")
    tracker = row.get("variant inventory tracker", "inventory tracker")
    sells_on = row.get("variant inventory policy", "continue selling when out of stock").lower() in {"continue", "true"}
    quantity = row.get("variant inventory qty", "variant inventory quantity", "inventory quantity")
    weight = row.get("variant grams", "weight value grams")
    texts = tuple(one_line(row.get(f"option{index} value"), 120) for index in _OPTIONS)
    return ImportedVariant(
        row=row.number,
        option_values=texts,
        sku=one_line(row.get("variant sku", "sku"), 100),
        barcode=barcode(row.get("variant barcode", "barcode"), row.number, findings),
        weight_grams=values.grams(weight, "Variant Grams") if weight else 0,
        # Taxed or not is said of each variant; the product takes what its first one says.
        tax_class="standard" if values.flag(row.get("variant taxable", "charge tax"), True) else "zero",
        hs_code=row.get("variant hs code", "hs code", "harmonized system code")[:14],
        requires_shipping=values.flag(row.get("variant requires shipping", "requires shipping"), True),
        tracks_stock=bool(tracker) and not sells_on,
        prices=(
            two_prices(
                row.number,
                findings,
                context.currency,
                (row.get(*PRICE), "Variant Price"),
                (row.get("variant compare at price", "compare at price"), "Variant Compare At Price"),
            ),
        ),
        stock={"": values.units(quantity, "Variant Inventory Qty")} if quantity else {},
        image=row.get(*VARIANT_IMAGE),
    )


def _images(records: list[Row], lines: list[Row]) -> dict[str, ImportedImage]:
    """Return the pictures, by "Image Position" where it is given, else in the order of the file, variants' own last."""
    found: dict[str, ImportedImage] = {}
    places: dict[str, int] = {}
    for row in records:
        address = row.get(*IMAGE)
        if address and address not in found:
            alt = row.get("image alt text", "product image alt text")
            found[address] = ImportedImage(row.number, address, one_line(alt, 255))
            place = row.get("image position")
            places[address] = int(place) if place.isdigit() else len(records)
    for row in lines:
        address = row.get(*VARIANT_IMAGE)
        if address and address not in found:
            found[address] = ImportedImage(row.number, address)
            places[address] = len(records) + row.number
    return {address: found[address] for address in sorted(found, key=lambda address: places[address])}


def _status(head: Row) -> str:
    published = values.flag(head.get("published", "published on online store"), True)
    status = head.get("status").lower()
    if status in {"draft", "archived"}:
        return status
    return "active" if published else "draft"


def _product(
    key: str,
    head: Row,
    options: tuple[ImportedOption, ...],
    variants: tuple[ImportedVariant, ...],
    images: tuple[ImportedImage, ...],
) -> ImportedProduct:
    category = values.path(head.get("product category", "standard product type"))
    tax_class = "standard" if values.flag(head.get("variant taxable", "charge tax"), True) else "zero"
    return ImportedProduct(
        key=key,
        row=head.number,
        title=one_line(head.get("title"), 255),
        handle=head.get(*HANDLE),
        description_html=values.html(head.get("body html", "body", "description")),
        status=_status(head),
        product_type=one_line(head.get("type", "custom product type"), 160),
        brand=one_line(head.get("vendor"), 160),
        tax_class=tax_class,
        hs_code=head.get("variant hs code", "hs code")[:14],
        origin_country=head.get("variant country of origin", "country of origin", "coo")[:2].upper(),
        is_gift_card=values.flag(head.get("gift card")) or None,
        seo_title=one_line(head.get("seo title"), 200),
        seo_description=one_line(head.get("seo description"), 400),
        options=options,
        # Only those that are taxed in another way than the product say so.
        variants=tuple(
            replace(variant, tax_class="" if variant.tax_class == tax_class else variant.tax_class)
            for variant in variants
        ),
        images=images,
        tags=values.listed(head.get("tags")),
        categories=(category,) if category else (),
        collections=values.listed(head.get("collection"), "\n"),
    )
