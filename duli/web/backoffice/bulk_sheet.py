"""The sheet over several products: which fields it may have, its rows, and what was typed as edits of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.assortment.types import CellEdit
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.revisions.types import Path, Snapshot
from duli.web.backoffice.kit.forms import amount_text, parse_amount
from duli.web.backoffice.kit.sheet import CellChange, Cells, SheetColumn, SheetRow
from duli.web.backoffice.product_options import split_values

Words = str | Promise
OFTEN = ("title", "status")
"""Fields a sheet starts with, besides price and SKU."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: `path` from the product's or variant's snapshot, how its value is written, and how it is read back."""

    key: str
    label: Words
    path: Path
    of_product: bool
    kind: str = "text"
    width: int = 140
    longest: int = 255
    currency: str = ""

    def written(self, value: Any) -> str:
        """Return a stored value as the cell shows it."""
        if value is None:
            return ""
        if self.kind == "amount":
            return amount_text(value, self.currency)
        if self.key == "weight":
            return str(value) if value else ""
        if self.key == "tags":
            return ", ".join(value)
        return str(value)

    def read(self, text: str) -> Any:
        """Return the value of what was typed. ValidationError."""
        if len(text) > self.longest:
            raise ValidationError(gettext("At most %(most)s characters.") % {"most": self.longest})
        if self.kind == "amount":
            return parse_amount(text, self.currency)
        if self.kind == "count":
            if not text:
                return 0
            if not (text.isascii() and text.isdigit() and len(text) <= 8):
                raise ValidationError(gettext("Enter a whole number from 0."))
            return int(text)
        if self.key == "tags":
            return sorted(split_values(text))
        if self.key == "title" and not text:
            raise ValidationError(gettext("A product needs a title."))
        if self.key == "status" and text not in ProductStatus.values:
            raise ValidationError(gettext("Choose one of the list."))
        if self.key in {"origin", "origin_country"}:
            text = text.upper()
            if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
                raise ValidationError(gettext("Write the two letters of the country, such as CN."))
        return text


def fields_for(currencies: Sequence[str], *, sees_cost: bool) -> list[Field]:
    """Return every field a sheet can have."""
    found = [
        Field("title", _("Title"), ("product", "title"), True, width=240),
        Field("status", _("Status"), ("product", "status"), True, "choice", 100),
        Field("brand", _("Brand"), ("product", "brand"), True, longest=160),
        Field("product_type", _("Product type"), ("product", "product_type"), True, longest=160),
        Field("tags", _("Tags"), ("tags",), True, width=200, longest=1000),
        Field("seo_title", _("Title for search engines"), ("product", "seo_title"), True, width=200, longest=200),
        Field(
            "seo_description", _("Description for search engines"), ("product", "seo_description"), True, width=260,
            longest=400,
        ),
    ]  # fmt: skip
    for code in currencies:
        price, former = gettext("Price, %(code)s"), gettext("Former, %(code)s")
        words = {"code": code}
        found.append(Field(f"price-{code}", price % words, ("price", code), False, "amount", 110, 24, code))
        found.append(Field(f"compare-{code}", former % words, ("price", code), False, "amount", 110, 24, code))
    if sees_cost:
        own = currencies[0]
        cost = gettext("Cost, %(code)s") % {"code": own}
        found.append(Field("cost", cost, ("cost",), False, "amount", 100, 24, own))
    return [
        *found,
        Field("sku", _("SKU"), ("sku",), False, width=150, longest=100),
        Field("barcode", _("Barcode"), ("barcode",), False, longest=60),
        Field("weight", _("Weight, g"), ("weight_grams",), False, "count", 90, 12),
        Field("content", _("Content"), ("content",), False, width=90, longest=30),
        Field("tax", _("Tax class"), ("tax_class",), False, width=110, longest=40),
        Field("hs", _("HS code"), ("hs_code",), False, width=110, longest=14),
        Field("origin", _("Origin"), ("origin_country",), False, width=80, longest=2),
    ]


def chosen_fields(fields: Sequence[Field], keys: Sequence[str]) -> list[Field]:
    """Return the fields with these keys; the usual ones if none is named."""
    wanted = set(keys) or {*OFTEN, *(f.key for f in fields if f.key.startswith("price-"))}
    return [field for field in fields if field.key in wanted]


def columns(fields: Sequence[Field]) -> list[SheetColumn]:
    choices = [(value, label) for value, label in ProductStatus.choices]
    return [SheetColumn(f.key, f.label, f.kind, f.width, choices=choices if f.kind == "choice" else ()) for f in fields]


def _value(field: Field, product: Snapshot, variant: Mapping[str, Any] | None) -> Any:
    if field.of_product:
        return product["tags"] if field.key == "tags" else product["product"][field.path[1]]
    if variant is None:
        return None
    if field.path[0] == "price":
        price = variant["prices"].get(field.currency)
        return price[0 if field.key.startswith("price-") else 1] if price else None
    if field.key == "cost":
        cost = variant["cost"]
        return cost[0] if cost and cost[1] == field.currency else None
    return variant[field.path[0]]


def rows_of(
    products: Mapping[int, Snapshot],
    fields: Sequence[Field],
    *,
    typed: Cells | None = None,
    errors: Mapping[str, Mapping[str, str]] | None = None,
) -> list[SheetRow]:
    """Return a row for each variant; what belongs to the product stands in its first row alone."""
    rows = []
    of_product = [field.key for field in fields if field.of_product]
    for product_id, product in products.items():
        names = {value[0]: value[1] for option in product["options"] for value in option[3]}
        ordered = sorted(product["variants"].items(), key=lambda item: item[1]["place"])
        for place, (pk, variant) in enumerate(ordered):
            key = f"{product_id}:{pk}"
            title = product["product"]["title"]
            combination = " / ".join(names[value] for value in variant["values"])
            rows.append(
                SheetRow(
                    key=key,
                    title=f"{title} · {combination}" if combination else title,
                    cells=[
                        "" if place and field.of_product else field.written(_value(field, product, variant))
                        for field in fields
                    ],
                    changed={k: c.value for k, c in typed.changes.get(key, {}).items()} if typed else {},
                    errors=(errors or {}).get(key, {}),
                    locked=of_product if place else (),
                )
            )
    return rows


def read_edits(
    cells: Cells, products: Mapping[int, Snapshot], fields: Sequence[Field]
) -> tuple[list[CellEdit], dict[str, dict[str, str]]]:
    """Return what was typed as edits, and sentences about what is wrong by row and column.

    A cell whose text is no longer what the sheet showed becomes an edit over a value that is not there, so that the
    verb refuses its product.
    """
    by_key = {field.key: field for field in fields}
    edits: list[CellEdit] = []
    errors: dict[str, dict[str, str]] = {}
    for key, changes in cells.changes.items():
        product_id, _sep, variant_id = key.partition(":")
        product = products.get(int(product_id)) if product_id.isdigit() and len(product_id) < 19 else None
        variant = product["variants"].get(variant_id) if product else None
        if product is None or variant is None:
            continue
        prices: dict[str, dict[str, Any]] = {}
        for name, change in changes.items():
            field = by_key[name]
            try:
                value = field.read(change.value)
            except ValidationError as error:
                errors.setdefault(key, {})[name] = " ".join(error.messages)
                continue
            there = _value(field, product, variant)
            stale = field.written(there) != change.seen
            if field.path[0] == "price":
                prices.setdefault(field.currency, {})[name.partition("-")[0]] = (value, change.seen if stale else None)
                continue
            path: Path = field.path if field.of_product else ("variant", variant_id, field.path[0])
            seen: Any = there
            if field.key == "cost":
                value = [value, field.currency] if value is not None else None
                seen = variant["cost"]
            edits.append(CellEdit(int(product_id), path, value, change.seen if stale else seen))
        for currency, typed in prices.items():
            edit = _price(int(product_id), variant_id, variant, currency, typed, errors.setdefault(key, {}))
            if edit is not None:
                edits.append(edit)
    return edits, {key: found for key, found in errors.items() if found}


def left_over(
    cells: Cells, products: Mapping[int, Snapshot], fields: Sequence[Field], refused: Mapping[int, str]
) -> tuple[Cells, dict[str, dict[str, str]]]:
    """Return what was typed for products that were refused, over what they are now, and why, by row and column.

    `products` are as they are now, `refused` has a sentence for each that was. Saved once more, the cells are written.
    """
    by_key = {field.key: field for field in fields}
    kept: dict[str, dict[str, CellChange]] = {}
    errors: dict[str, dict[str, str]] = {}
    told: set[int] = set()
    for key, changes in cells.changes.items():
        product_id = int(key.partition(":")[0])
        product = products.get(product_id)
        variant = product["variants"].get(key.partition(":")[2]) if product else None
        if product is None or variant is None or product_id not in refused:
            continue
        for name, change in changes.items():
            now = by_key[name].written(_value(by_key[name], product, variant))
            if now == change.value:
                continue
            kept.setdefault(key, {})[name] = CellChange(change.value, now)
            if now != change.seen:
                told.add(product_id)
                words = gettext("Somebody wrote “%(now)s” here since. Save again to put yours in its place.")
                errors.setdefault(key, {})[name] = words % {"now": now or "–"}
    for key, changes in kept.items():
        product_id = int(key.partition(":")[0])
        if product_id not in told:
            told.add(product_id)
            errors[key] = {next(iter(changes)): refused[product_id]}
    return Cells(kept), errors


def _price(
    product_id: int,
    variant_id: str,
    variant: Mapping[str, Any],
    currency: str,
    typed: Mapping[str, tuple[int | None, str | None]],
    errors: dict[str, str],
) -> CellEdit | None:
    """Put price and former price, of which one or both were typed, together."""
    there = variant["prices"].get(currency)
    minor, former = there or (None, None)
    stale = next((seen for _, seen in typed.values() if seen is not None), None)
    if "price" in typed:
        minor = typed["price"][0]
    if "compare" in typed:
        former = typed["compare"][0]
    if minor is None and former is not None:
        errors[f"price-{currency}"] = gettext("Enter a price too.")
        return None
    if former is not None and minor is not None and former <= minor:
        column = "compare" if "compare" in typed else "price"
        errors[f"{column}-{currency}"] = gettext("The former price must be higher than the price.")
        return None
    value = [minor, former] if minor is not None else None
    return CellEdit(product_id, ("variant", variant_id, "price", currency), value, there if stale is None else stale)
