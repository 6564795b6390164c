"""PrestaShop's two import files: products, and the combinations that belong to products imported before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from duli.base.clock import now
from duli.base.errors import DuliError
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.exchange import values
from duli.commerce.exchange.formats.base import Context, Findings, barcode, distinct
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import (
    HiddenImportedAsDraft,
    ImportedImage,
    ImportedOption,
    ImportedPrice,
    ImportedProduct,
    ImportedVariant,
    NegativeNumber,
    ParentMissing,
    Parsed,
    ProductTwice,
    Row,
    ValueMissing,
)

PRICE = ("price tax excluded or price tax included", "price tax excluded", "price tax included", "price")


def _separated(text: str) -> tuple[str, ...]:
    """Return the parts of "x;y;z", or of "x,y,z" if there is no semicolon."""
    return values.listed(text, ";" if ";" in text else ",")


class PrestaShopProducts:
    code = "prestashop"
    source = "prestashop"
    variants_from = "prestashop-combinations"

    def matches(self, columns: frozenset[str]) -> bool:
        return "name" in columns and bool(
            columns & {"product id", "id"}
            and columns & {"categories x y z", "url rewritten", "tax rules id"}
            and columns & set(PRICE)
        )

    def key(self, row: Row, spool: Spool) -> str:
        return row.get("product id", "id", "reference")[:255]

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        return None

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        head, *others = rows[""]
        addresses = _separated(head.get("image urls x y z", "image urls"))
        findings = Findings(key, 1, len(addresses))
        for row in others:
            findings.refuse(row.number, "product", ProductTwice(field="id", key=key, row=head.number))
        if not head.get("name"):
            return findings.whole_refused(head, ValueMissing(field="name", column="Name"))
        try:
            variant, facts = _only_variant(head, context, findings)
        except DuliError as error:
            return findings.whole_refused(head, error)
        kept = distinct([variant], context, findings)
        images = tuple(ImportedImage(head.number, address) for address in addresses)
        return findings.result(_product(key, head, kept, images, facts, findings))


def _only_variant(head: Row, context: Context, findings: Findings) -> tuple[ImportedVariant, dict[str, str]]:
    text = head.get(*PRICE)
    if not text:
        raise ValueMissing(field="price", column="Price")
    minor = values.price(text, "Price", context.currency)
    weight, quantity = head.get("weight"), head.get("quantity")
    grams = values.grams(weight, "Weight", "kg") if weight else 0
    variant = ImportedVariant(
        row=head.number,
        sku=one_line(head.get("reference"), 100),
        barcode=barcode(head.get("ean13", "upc"), head.number, findings),
        weight_grams=grams,
        requires_shipping=not values.flag(head.get("virtual product 0 no 1 yes", "virtual")),
        tracks_stock=head.get("out of stock") != "1",
        prices=(_discounted(head, minor, context.currency),),
        stock={"": values.units(quantity, "Quantity")} if quantity else {},
    )
    return variant, {"minor": str(minor), "grams": str(grams), "currency": context.currency}


def _discounted(head: Row, minor: int, currency: str) -> ImportedPrice:
    """Return the price with the reduction that is valid today, if there is one."""
    starts = values.moment(head.get("discount from yyyy mm dd", "discount from"), "Discount from")
    ends = values.moment(head.get("discount to yyyy mm dd", "discount to"), "Discount to")
    instant = now()
    amount, percent = head.get("discount amount"), head.get("discount percent")
    if (starts and starts > instant) or (ends and ends <= instant) or not (amount or percent):
        return ImportedPrice(currency, minor)
    if amount:
        lowered = minor - values.price(amount, "Discount amount", currency)
    else:
        part = values.decimal(percent, "Discount percent") / 100
        lowered = int((minor * (1 - part)).to_integral_value(ROUND_HALF_UP))
    if lowered < 0:
        raise NegativeNumber(field="price", column="Discount", value=amount or percent)
    return ImportedPrice(currency, lowered, minor) if lowered < minor else ImportedPrice(currency, minor)


def _product(
    key: str,
    head: Row,
    variants: tuple[ImportedVariant, ...],
    images: tuple[ImportedImage, ...],
    facts: Mapping[str, str],
    findings: Findings,
) -> ImportedProduct:
    active = values.flag(head.get("active 0 1", "active"), True)
    hidden = head.get("visibility").lower() == "none"
    if active and hidden:
        findings.note(head.number, "product", HiddenImportedAsDraft(field="visibility"))
    description = "\n".join(
        text for text in dict.fromkeys((head.get("short description", "summary"), head.get("description"))) if text
    )
    # Every PrestaShop category hangs below "Home", which no shopper ever sees.
    paths = (values.path(part, "/") for part in _separated(head.get("categories x y z", "categories")))
    trimmed = (path[1:] if path and path[0] == "Home" else path for path in paths)
    return ImportedProduct(
        key=key,
        row=head.number,
        title=one_line(head.get("name"), 255),
        handle=head.get("url rewritten"),
        description_html=values.html(description),
        status="active" if active and not hidden else "draft",
        brand=one_line(head.get("manufacturer", "brand"), 160),
        seo_title=one_line(head.get("meta title"), 200),
        seo_description=one_line(head.get("meta description"), 400),
        variants=variants,
        images=images,
        tags=_separated(head.get("tags x y z", "tags")),
        categories=tuple(path for path in trimmed if path),
        attributes=_features(head),
        facts=facts,
    )


def _features(head: Row) -> tuple[tuple[str, str], ...]:
    found = []
    for part in _separated(head.get("feature name value position", "feature")):
        pieces = [piece.strip() for piece in part.split(":")]
        if len(pieces) >= 2 and pieces[0] and pieces[1]:
            found.append((pieces[0][:80], pieces[1][:255]))
    return tuple(found)


class PrestaShopCombinations:
    code = "prestashop-combinations"
    source = "prestashop"
    variants_from = ""

    def matches(self, columns: frozenset[str]) -> bool:
        return bool(columns & {"product id", "id"}) and any(
            column.startswith("attribute name type position") for column in columns
        )

    def key(self, row: Row, spool: Spool) -> str:
        return row.get("product id", "id")[:255]

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        return None

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        records = rows[""]
        addresses = dict.fromkeys(
            address for row in records for address in _separated(row.get("image url", "image urls x y z"))
        )
        findings = Findings(key, len(records), len(addresses))
        facts = context.facts(key)
        if facts is None:
            for row in records:
                findings.refuse(row.number, "variant", ParentMissing(field="product id", parent=key))
            return findings.result(None)
        names = tuple(dict.fromkeys(name for row in records for name, _ in _pairs(row)))
        variants: list[ImportedVariant] = []
        images: dict[str, ImportedImage] = {}
        for row in records:
            own = _separated(row.get("image url", "image urls x y z"))
            for address in own:
                images.setdefault(address, ImportedImage(row.number, address))
            try:
                variants.append(_combination(row, names, facts, own[0] if own else "", context, findings))
            except DuliError as error:
                findings.refuse(row.number, "variant", error)
        if findings.refused:
            return findings.result(None)
        kept = distinct(variants, context, findings)
        options = tuple(
            ImportedOption(name, tuple(dict.fromkeys(variant.option_values[place] for variant in kept)))
            for place, name in enumerate(names)
        )
        product = ImportedProduct(
            key=key,
            row=records[0].number,
            options=options,
            variants=kept,
            images=tuple(images.values()),
            keep_product=True,
        )
        return findings.result(product)


def _pairs(row: Row) -> list[tuple[str, str]]:
    """Return (option, value) pairs of "Color:color:0; Disk space:select:1" and "Blue:0; 16GB:1"."""
    names = row.get(*(column for column in row.cells if column.startswith("attribute name type position")))
    texts = row.get(*(column for column in row.cells if column.startswith("value value position")), "value")
    separator = ";" if ";" in names or ";" in texts else ","
    options = [re.sub(r":[^:]*:?\d*$", "", part).strip() for part in names.split(separator)]
    chosen = [re.sub(r":\d+$", "", part.strip()) for part in texts.split(separator)]
    return [
        (one_line(option, 80), one_line(value, 120)) for option, value in zip(options, chosen, strict=False) if option
    ]


def _combination(
    row: Row, names: tuple[str, ...], facts: Mapping[str, str], image: str, context: Context, findings: Findings
) -> ImportedVariant:
    chosen = dict(_pairs(row))
    if not any(chosen.values()):
        raise ValueMissing(field="value", column="Value")
    currency = facts.get("currency", context.currency)
    impact = row.get("impact on price")
    change = Money.of(values.decimal(impact, "Impact on price"), currency).minor if impact else 0
    minor = int(facts.get("minor", "0")) + change
    heavier = row.get("impact on weight")
    grams = int(facts.get("grams", "0"))
    if heavier:
        grams += int(values.decimal(heavier, "Impact on weight") * Decimal(1000))
    if minor < 0 or grams < 0:
        raise NegativeNumber(field="price", column="Impact on price", value=impact or heavier)
    quantity = row.get("quantity")
    return ImportedVariant(
        row=row.number,
        option_values=tuple(chosen.get(name) or "-" for name in names),
        sku=one_line(row.get("reference"), 100),
        barcode=barcode(row.get("ean13", "upc"), row.number, findings),
        weight_grams=grams,
        prices=(ImportedPrice(currency, minor),),
        stock={"": values.units(quantity, "Quantity")} if quantity else {},
        image=image,
    )
