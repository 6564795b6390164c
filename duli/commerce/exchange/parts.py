"""Cells of our own file that hold more than a word: attributes with their kind, parts of a bundle, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from duli.base.text import one_line
from duli.commerce.catalogue.models import Attribute, Bundle, Variant
from duli.commerce.catalogue.states import AttributeKind
from duli.commerce.exchange.types import ImportedBundle, ImportedFile, Row, ValueUnknown
from duli.commerce.exchange.values import joined, listed

_KIND = re.compile(r"^(.*) \[(text|number|boolean|choice|colour)(?: (.*))?\]$")
_NAME_END = re.compile(r"(?<!\\):")
_PART = re.compile(r"^(\d{1,6}) × (.+)$")
_FILE = re.compile(r"^(.*?)(?:; days (\d{1,6}))?(?:; most (\d{1,6}))?$")
HANDLE_MARK = "@"


def attribute_cell(attribute: Attribute, text: str) -> str:
    """Return "Volume [number ml]: 120"; a text attribute's kind is only written where its name would hide it."""
    name = attribute.name.replace(":", "\\:")
    if attribute.kind != AttributeKind.TEXT or attribute.unit or name.endswith("]"):
        name += f" [{attribute.kind}{f' {attribute.unit}' if attribute.unit else ''}]"
    return f"{name}: {text}"


def attribute_from(cell: str) -> tuple[str, ...] | None:
    """Read (name, text), or (name, text, kind, unit) where the cell tells them; None for half an attribute."""
    end = _NAME_END.search(cell)
    if end is None:
        return None
    name, text = cell[: end.start()].replace("\\:", ":").strip(), one_line(cell[end.end() :], 255)
    told = _KIND.match(name)
    name = one_line(told[1] if told else name, 120)
    if not name or not text:
        return None
    return (name, text, told[2], told[3] or "") if told else (name, text)


def reference(variant: Variant) -> str:
    """Return how a variant is called in a file: by its SKU, or by its product's address and its options."""
    if variant.sku and not variant.sku.startswith(HANDLE_MARK):
        return variant.sku
    return f"{HANDLE_MARK}{variant.product.handle}" + (f": {variant.title}" if variant.title else "")


def bundle_cells(bundle: Bundle) -> dict[str, str]:
    parts = [f"{part.quantity} × {reference(part.variant)}" for part in bundle.components.all()]
    percent = f"{bundle.percent_off.normalize():f}" if bundle.percent_off else ""
    return {"Bundle of": joined(tuple(parts)), "Bundle price": bundle.price_mode, "Bundle discount %": percent}


def bundle_from(row: Row) -> ImportedBundle:
    """Read what a variant consists of; a bundle without parts is none. ValueUnknown."""
    parts = []
    for cell in listed(row.get("bundle of"), "|"):
        found = _PART.match(cell)
        if found is None or not int(found[1]):
            raise ValueUnknown(field="bundle", column="Bundle of", value=one_line(cell, 60))
        parts.append((int(found[1]), found[2]))
    if not parts:
        return ImportedBundle(())
    mode = row.get("bundle price") or Bundle.PriceMode.OWN
    percent = row.get("bundle discount") or "0"
    try:
        off = Decimal(percent)
    except InvalidOperation:
        off = Decimal(-1)
    if mode not in Bundle.PriceMode.values:
        raise ValueUnknown(field="bundle", column="Bundle price", value=one_line(mode, 60))
    if not off.is_finite() or not 0 <= off < 100 or off != round(off, 2):
        raise ValueUnknown(field="bundle", column="Bundle discount %", value=one_line(percent, 60))
    return ImportedBundle(tuple(parts), mode, off.normalize() if off else Decimal(0))


def variants_called(references: Iterable[str]) -> Mapping[str, int]:
    """Return the variants that are called so in a file (two queries); those that are not there are left out."""
    wanted = set(references)
    skus = [name for name in wanted if not name.startswith(HANDLE_MARK)]
    handles = [name[1:].split(":")[0] for name in wanted if name.startswith(HANDLE_MARK)]
    rows = Variant.objects.filter(is_active=True)
    found = dict(rows.filter(sku__in=skus).values_list("sku", "pk")) if skus else {}
    if handles:
        for variant in rows.filter(product__handle__in=handles).select_related("product"):
            name = f"{HANDLE_MARK}{variant.product.handle}" + (f": {variant.title}" if variant.title else "")
            if name in wanted:
                found[name] = variant.pk
    return found


def file_cell(files: Iterable[tuple[Any, ...]]) -> str:
    """Return the files of a variant, given as (id, name, days, most)."""
    cells = []
    for _pk, name, days, most in files:
        limits = "" if days is None else f"; days {days}"
        limits += "" if most is None else f"; most {most}"
        cells.append(f"{name}{limits}")
    return joined(tuple(cells))


def files_from(cell: str) -> tuple[ImportedFile, ...]:
    files = []
    for part in listed(cell, "|"):
        found = _FILE.match(part)
        if found and found[1]:
            files.append(
                ImportedFile(found[1], int(found[2]) if found[2] else None, int(found[3]) if found[3] else None)
            )
    return tuple(files)
