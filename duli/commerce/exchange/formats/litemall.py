"""The catalogue of a litemall shop: its table ``goods`` as CSV, with its other tables beside it in one folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.exchange import values
from duli.commerce.exchange.formats.base import Context, Findings, distinct, two_prices
from duli.commerce.exchange.reading import opened, read_table
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import (
    ImportedImage,
    ImportedOption,
    ImportedProduct,
    ImportedVariant,
    NothingToSell,
    ParentMissing,
    Parsed,
    Row,
    ValueMissing,
)

_CHILDREN = ("goods_product", "goods_specification", "goods_attribute")
_STANDARD = ("规格", "标准")


class Litemall:
    code = "litemall"
    source = "litemall"
    variants_from = ""

    def __init__(self) -> None:
        self._categories: dict[str, tuple[str, str]] = {}
        self._brands: dict[str, str] = {}

    def matches(self, columns: frozenset[str]) -> bool:
        return {"goods sn", "name", "retail price", "gallery"} <= columns

    def key(self, row: Row, spool: Spool) -> str:
        return row.get("id", "goods sn")[:255]

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        if folder is None:
            return
        for kind in _CHILDREN:
            for columns, number, cells in _table(folder, kind):
                spool.columns[kind] = columns
                row = Row(number, dict(zip(columns, cells, strict=False)))
                if row.get("goods id"):
                    spool.add(kind, row.get("goods id"), number, cells)
        for row in _rows(folder, "category"):
            self._categories[row.get("id")] = (row.get("name"), row.get("pid"))
        for row in _rows(folder, "brand"):
            self._brands[row.get("id")] = row.get("name")

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        if not rows.get(""):
            orphans = Findings(key)
            for row in rows.get("goods_product", []):
                orphans.variants += 1
                orphans.refuse(row.number, "variant", ParentMissing(field="goods_id", parent=key))
            return orphans.result(None)
        head = rows[""][0]
        lines = rows.get("goods_product", [])
        images = _images(head)
        findings = Findings(key, len(lines) or 1, len(images))
        if not head.get("name"):
            return findings.whole_refused(head, ValueMissing(field="name", column="name"))
        try:
            names = _option_names(rows.get("goods_specification", []), lines)
            variants = [_variant(head, row, context, findings) for row in lines or [head]]
        except DuliError as error:
            return findings.whole_refused(head, error)
        if names == [_STANDARD[0]] and all(variant.option_values == (_STANDARD[1],) for variant in variants):
            names, variants = [], [_plain(variant) for variant in variants]
        if any(len(variant.option_values) != len(names) for variant in variants):
            return findings.whole_refused(head, NothingToSell(field="specifications"))
        kept = distinct(variants, context, findings)
        for variant in kept:
            if variant.image:
                images.setdefault(variant.image, ImportedImage(head.number, variant.image))
        findings.images = len(images)
        options = tuple(
            ImportedOption(name, tuple(dict.fromkeys(variant.option_values[place] for variant in kept)))
            for place, name in enumerate(names)
        )
        return findings.result(
            ImportedProduct(
                key=key,
                row=head.number,
                title=one_line(head.get("name"), 255),
                handle=f"{head.get('name')[:40]}-{key}",
                description_html=_description(head),
                status="active" if values.flag(head.get("is on sale"), True) else "draft",
                brand=self._brands.get(head.get("brand id"), "")[:160],
                seo_description=one_line(head.get("brief"), 400),
                options=options,
                variants=kept,
                images=tuple(images.values()),
                tags=values.listed(head.get("keywords"), ",，"),
                categories=tuple(path for path in [self._path(head.get("category id"))] if path),
                attributes=tuple(
                    (one_line(row.get("attribute"), 80), one_line(row.get("value"), 255))
                    for row in rows.get("goods_attribute", [])
                    if row.get("attribute") and row.get("value")
                ),
            )
        )

    def _path(self, category_id: str) -> tuple[str, ...]:
        steps: list[str] = []
        while category_id in self._categories and len(steps) < 8:
            name, category_id = self._categories[category_id]
            steps.insert(0, one_line(name, 160))
        return tuple(steps)


def _table(folder: Path, name: str) -> Iterator[tuple[list[str], int, list[str]]]:
    path = next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.exists()), None)
    if path is None:
        return
    with opened(path) as file:
        table = read_table(file)
        for number, cells in table.records:
            yield table.columns, number, cells


def _rows(folder: Path, name: str) -> Iterator[Row]:
    for columns, number, cells in _table(folder, name):
        yield Row(number, dict(zip(columns, cells, strict=False)))


def _json_list(text: str) -> list[str]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [str(part) for part in found] if isinstance(found, list) else []


def _images(head: Row) -> dict[str, ImportedImage]:
    addresses = [head.get("pic url"), *_json_list(head.get("gallery"))]
    return {address: ImportedImage(head.number, address) for address in addresses if address}


def _description(head: Row) -> str:
    brief = values.html(head.get("brief"))
    return f"{brief}\n{values.html(head.get('detail'))}".strip()


def _option_names(specifications: list[Row], lines: list[Row]) -> list[str]:
    names = list(dict.fromkeys(one_line(row.get("specification"), 80) for row in specifications))
    return [name for name in names if name] or ([_STANDARD[0]] if lines else [])


def _variant(head: Row, row: Row, context: Context, findings: Findings) -> ImportedVariant:
    number = row.get("number")
    image = row.get("url")
    texts = _json_list(row.get("specifications")) if row is not head else []
    single = row is head
    return ImportedVariant(
        row=head.number,
        option_values=tuple(one_line(text, 120) for text in texts),
        sku="" if not single else one_line(head.get("goods sn"), 100),
        prices=(
            two_prices(
                head.number,
                findings,
                context.currency,
                (row.get("price", "retail price"), "price"),
                ("", ""),
            ),
        ),
        stock={"": values.units(number, "number")} if number else {},
        image=image if image.startswith(("http://", "https://")) else "",
    )


def _plain(variant: ImportedVariant) -> ImportedVariant:
    return replace(variant, option_values=())
