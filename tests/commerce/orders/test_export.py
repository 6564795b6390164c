"""Files of orders: complete, safe to open, and only for whoever asked."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.orders.models import Order, OrderExport
from duli.commerce.orders.services.export import (
    MOST_ROWS,
    file_of,
    folder,
    forget_exports,
    from_json,
    harmless,
    request_export,
    to_json,
    write_export,
)
from duli.commerce.orders.types import OrderFilter
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def orders() -> list[Order]:
    factories.shop()
    items = [factories.variant_of(factories.product()) for _ in range(2)]
    made = [factories.order(*items, quantity=2, paid=True), factories.order(market_code="int")]
    Order.objects.filter(pk=made[0].pk).update(customer_name='=HYPERLINK("http://x")', note="+1", tags=["a", "b"])
    return made


def written(wanted: OrderFilter, *, form: str = "csv", per_line: bool = False, language: str = "en") -> Path:
    export = request_export(user_id=7, language=language, wanted=wanted, form=form, per_line=per_line)
    factories.drain()
    return file_of(export_id=export.pk, user_id=7)[0]


def table(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_one_row_an_order_newest_first(orders: list[Order]) -> None:
    rows = table(written(OrderFilter()))
    assert [row["Order"] for row in rows] == [orders[1].number, orders[0].number]
    assert rows[0]["Currency"] == "USD"
    assert [Decimal(row["Total"]) * 100 for row in rows] == [orders[1].total_minor, orders[0].total_minor]
    assert rows[1]["Customer"].startswith("'=")
    assert rows[1]["Note from the shopper"] == "'+1"
    assert rows[1]["Tags"] == "a, b"


def test_a_reader_finds_words_and_an_import_finds_codes(orders: list[Order]) -> None:
    Order.objects.filter(pk=orders[0].pk).update(payment_method_code="of an old shop", source="import:shopify")
    Order.objects.filter(pk=orders[1].pk).update(country="US")
    new, old = table(written(OrderFilter()))
    assert (new["Payment method"], new["Source"], new["Country"]) == ("Bank transfer", "Store", "United States")
    assert (new["Market"], old["Market"]) == ("International", "中国")
    assert (old["Payment method"], old["Source"]) == ("of an old shop", "Imported · shopify")
    said = table(written(OrderFilter(), language="zh-hans"))[0]
    assert (said["付款方式"], said["来源"], said["国家/地区"]) == ("银行转账", "网店", "美国")
    export = request_export(user_id=7, language="en", wanted=OrderFilter(), form="csv", for_import=True)
    factories.drain()
    again = table(file_of(export_id=export.pk, user_id=7)[0])[0]
    assert (again["Payment Method"], again["Source"], again["Market"]) == ("bank_transfer", "storefront", "int")


def test_one_row_a_line_sums_up_to_the_goods(orders: list[Order]) -> None:
    rows = table(written(OrderFilter(ids=[orders[0].pk]), per_line=True))
    assert len(rows) == 2
    total = sum(Decimal(row["Line total"]) for row in rows) * 100
    assert total == orders[0].total_minor - orders[0].shipping_minor


def test_the_filter_and_the_language_are_kept(orders: list[Order]) -> None:
    rows = table(written(OrderFilter(market_codes=["int"]), language="zh-hans"))
    assert [row["订单"] for row in rows] == [orders[1].number]


def test_a_workbook_holds_numbers_as_numbers_and_no_formula(orders: list[Order]) -> None:
    sheet = load_workbook(written(OrderFilter(), form="xlsx")).active
    rows = list(sheet.iter_rows())
    head = [cell.value for cell in rows[0]]
    first = dict(zip(head, rows[2], strict=True))
    assert first["Customer"].data_type == "s"
    assert first["Customer"].value.startswith("=HYPERLINK")
    assert Decimal(str(first["Total"].value)) * 100 == orders[0].total_minor
    assert first["Time"].is_date


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "＝1"])
def test_no_spreadsheet_takes_a_text_for_a_formula(text: str) -> None:
    assert harmless(text)[:1] == "'" or not harmless(text).startswith(("=", "+", "-", "@"))


def test_a_filter_survives_the_way_through_the_queue() -> None:
    wanted = OrderFilter(query="x", placed_from=date(2026, 1, 2), ids=[1, 2], tags=["a"], held=True)
    assert from_json(to_json(wanted)) == wanted
    assert from_json({"unknown": 1}) == OrderFilter()


def test_only_who_asked_fetches_the_file_and_it_goes_after_a_week(orders: list[Order]) -> None:
    path = written(OrderFilter())
    export = OrderExport.objects.get()
    assert path.stat().st_mode & 0o077 == 0
    for export_id, user_id in ((export.pk, 8), (export.pk + 1, 7)):
        with pytest.raises(NotFound):
            file_of(export_id=export_id, user_id=user_id)
    write_export(export_id=export.pk)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert forget_exports() == 0
    with frozen(now() + timedelta(days=8)):
        assert forget_exports() == 1
    assert not path.exists()


def test_what_does_not_fit_into_a_sheet_is_refused_and_leaves_nothing(
    orders: list[Order], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(MOST_ROWS, "xlsx", 1)
    export = request_export(user_id=7, language="en", wanted=OrderFilter(), form="xlsx")
    with pytest.raises(InvalidInput):
        write_export(export_id=export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    assert list((tmp_path / "exports").iterdir()) == []
    with pytest.raises(InvalidInput):
        request_export(user_id=7, language="en", wanted=OrderFilter(), form="pdf")


def test_where_no_file_can_be_written_nobody_waits_for_one(orders: list[Order]) -> None:
    folder().parent.mkdir(parents=True, exist_ok=True)
    folder().write_text("not a folder")
    export = request_export(user_id=7, language="en", wanted=OrderFilter(), form="csv")
    with pytest.raises(OSError):
        write_export(export_id=export.pk)
    export.refresh_from_db()
    assert export.state == OrderExport.State.FAILED
    folder().unlink()
    write_export(export_id=export.pk)
    assert file_of(export_id=export.pk, user_id=7)[0].is_file()
