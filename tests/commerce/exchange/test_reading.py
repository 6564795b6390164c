from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.exchange.models import ImportedRecord, ImportRun
from duli.commerce.exchange.reading import CELL_LIMIT
from duli.commerce.inventory.models import StockLevel
from duli.commerce.pricing.models import Price
from tests.commerce.exchange.catalogues import SHOPIFY, as_csv, shopify_rows
from tests.commerce.exchange.doing import counts, reasons, take

pytestmark = pytest.mark.django_db

CHINESE = {"Handle": "cha", "Title": "龙井茶 一级", "Variant Price": "88", "Vendor": "西湖", "Body (HTML)": "明前采摘"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    text = as_csv([CHINESE]).decode()
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    report = take((mark + text).encode(encoding))
    assert not report.failed
    product = Product.objects.get()
    assert (product.title, product.brand.name) == ("龙井茶 一级", "西湖")  # type: ignore[union-attr]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    assert counts(take(as_csv(shopify_rows(3), delimiter=delimiter)))["variants"] == (9, 0, 0, 0)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(ending: str) -> None:
    data = as_csv(shopify_rows(3)).decode().replace("\r\n", ending).encode()
    assert counts(take(data))["variants"] == (9, 0, 0, 0)


def test_columns_in_any_order_case_and_spacing() -> None:
    rows = [{name.upper().replace(" ", "_"): value for name, value in row.items()} for row in shopify_rows(2)]
    columns = list(reversed([name.upper().replace(" ", "_") for name in SHOPIFY]))
    assert counts(take(as_csv(rows, columns)))["products"] == (2, 0, 0, 0)


def test_blank_lines_and_trailing_empty_cells_are_no_rows() -> None:
    lines = as_csv(shopify_rows(1)).decode().splitlines()
    data = "\n".join(["", lines[0], "", *(line + ",,," for line in lines[1:]), ",,,,", ""]).encode()
    report = take(data)
    assert (report.rows, counts(report)["variants"]) == (3, (3, 0, 0, 0))


def test_rows_of_one_product_need_not_stand_together() -> None:
    rows = sorted(shopify_rows(4), key=lambda row: row["Option1 Value"] != "S")
    assert counts(take(as_csv(rows, SHOPIFY)))["products"] == (4, 0, 0, 0)
    assert Variant.objects.count() == 12


def test_gzip_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "shirts.csv.gz"
    path.write_bytes(gzip.compress(as_csv(shopify_rows(2))))
    assert counts(take(path))["products"] == (2, 0, 0, 0)
    assert counts(take(path.read_bytes()))["products"] == (0, 0, 2, 0)


def test_the_new_column_names_of_shopify() -> None:
    rows = [
        {
            "Title": "Cup",
            "URL handle": "cup",
            "Description": "<p>Small</p>",
            "Vendor": "Kiln",
            "Published on online store": "TRUE",
            "Status": "Active",
            "SKU": "CUP-1",
            "Barcode": "4006381333931",
            "Option1 name": "Size",
            "Option1 value": "S",
            "Price": "12.50",
            "Compare-at price": "15",
            "Inventory tracker": "shopify",
            "Inventory quantity": "7",
            "Weight value (grams)": "210",
            "Continue selling when out of stock": "DENY",
            "Product image URL": "",
        }
    ]
    assert counts(take(as_csv(rows)))["variants"] == (1, 0, 0, 0)
    variant = Variant.objects.get(sku="CUP-1")
    assert (variant.weight_grams, variant.barcode, variant.tracks_stock) == (210, "4006381333931", True)
    assert StockLevel.objects.get().on_hand == 7
    assert Price.objects.values_list("minor", "compare_at_minor").get() == (1250, 1500)


def broken(change: str) -> bytes:
    good = as_csv(shopify_rows(40), SHOPIFY)
    lines = good.split(b"\r\n")
    if change == "quote never closed":
        lines[60] = lines[60].replace(b"shirt-", b'"shirt-', 1)
    elif change == "quote in the middle":
        lines[60] = b'"shirt-19"x' + lines[60][8:]
    elif change == "nul":
        lines[60] = lines[60].replace(b"shirt-", b"shirt\0-", 1)
    elif change == "ten megabytes":
        lines[60] = lines[60] + b"x" * 10_000_000
    elif change == "ten megabytes in quotes":
        lines[60] = lines[60].replace(b"shirt-", b'"' + b"line\n" * 2_000_000 + b'"', 1)
    return b"\r\n".join(lines)


@pytest.mark.parametrize(
    ("change", "code", "row"),
    [
        ("quote never closed", "quotes_broken", 61),
        ("quote in the middle", "quotes_broken", 61),
        ("nul", "control_character", 61),
        ("ten megabytes", "cell_too_long", 61),
        ("ten megabytes in quotes", "cell_too_long", 61),
    ],
)
def test_a_file_that_stops_making_sense_changes_nothing(change: str, code: str, row: int) -> None:
    report = take(broken(change))
    assert report.failed
    assert reasons(report) == [(row, code)]
    assert not Product.objects.exists()
    assert not ImportedRecord.objects.exists()
    assert not report.changed


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n  \n", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (bytes(range(256)) * 40, "file_not_text"),
        (b"PK\x03\x04rest of a spreadsheet", "file_not_text"),
        (b"\x1f\x8bnot really", "file_not_text"),
        (b"Handle,Title\n\xff\xfe\xfd\x80\x81,\xff\xff", "encoding_unknown"),
        (b"Name,Price\nTea,3\n", "format_unknown"),
        (b"<!doctype html><html><body>Please log in</body></html>", "format_unknown"),
        (b"Handle,Title,Handle,Variant Price,Vendor\na,b,c,1,x\n", "column_twice"),
    ],
)
def test_what_is_no_catalogue_is_refused_with_a_reason(data: bytes, code: str) -> None:
    report = take(data)
    assert report.failed
    assert report.refused[0].error.code == code
    assert not Product.objects.exists()
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
def test_what_cannot_be_read_is_told_with_its_row(encoding: str) -> None:
    rows = "Handle,Title,Body (HTML)\na,龙井茶,明前\nb,碧螺春,§\nc,毛峰,明前\n"
    broken = "\ud800".encode("utf-16-le", "surrogatepass") if encoding == "utf-16" else b"\xff\xff"
    before, after = (part.encode(encoding) for part in rows.split("§"))
    report = take(before + broken + after.removeprefix("".encode(encoding)))
    assert reasons(report) == [(3, "encoding_unknown")]
    assert report.failed


def test_a_stream_that_cannot_be_rewound(settings: Any) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.rest = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self.rest.read(size)

        def seekable(self) -> bool:
            return False

    from duli.commerce.exchange.services import run_import

    report = run_import(source=Pipe(as_csv(shopify_rows(1))), name="pipe", actor="user:1")  # type: ignore[arg-type]
    assert counts(report)["products"] == (1, 0, 0, 0)


def test_the_longest_cell_that_is_taken() -> None:
    row = {**CHINESE, "Body (HTML)": "茶" * (CELL_LIMIT - 1)}
    assert not take(as_csv([row])).failed
