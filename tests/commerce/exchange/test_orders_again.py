"""Orders go out and come in again as they were: into the shop they are from, and into an empty one."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.text import one_line, without_control
from duli.commerce.assortment.services import save_bundle
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.types import Component
from duli.commerce.customers.models import Customer
from duli.commerce.exchange.models import Upload
from duli.commerce.exchange.reading import opened, read_table
from duli.commerce.exchange.records import KINDS, suggest
from duli.commerce.exchange.records.base import named
from duli.commerce.exchange.records.orders import FIELDS
from duli.commerce.exchange.services.uploads import receive_upload, revert_upload, start_upload
from duli.commerce.exchange.sheets import as_csv
from duli.commerce.exchange.writing import csv_chunks, workbook
from duli.commerce.inventory.types import StockRequest
from duli.commerce.orders.models import Fulfilment, Order, OrderLine, OrderRefund, OrderReturn
from duli.commerce.orders.part_text import parts_from_text, parts_text
from duli.commerce.orders.parts import contents_of, stock_of_line
from duli.commerce.orders.services import (
    approve_return,
    complete_return,
    decline_return,
    fulfil,
    inspect_return,
    receive_return,
    refund,
    request_return,
    split,
)
from duli.commerce.orders.services.export import file_of, request_export
from duli.commerce.orders.services.export_again import TITLES, whole_rows
from duli.commerce.orders.types import Finding, FulfilLine, OrderFilter, RefundLine, ReturnWish
from duli.platform.events.models import Event
from duli.platform.store.changes import reset_caches
from tests import factories

ACTOR = factories.ACTOR
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def shop() -> list[Order]:
    """A shop with an order in every sort of trouble."""
    factories.shop()
    first, second = (factories.variant_of(factories.product()) for _ in range(2))
    paid = factories.order(first, second, quantity=3, paid=True)
    one, two = paid.lines.all()
    location = factories.location()
    for units, number in (({one.pk: 1}, "SF001"), ({one.pk: 1, two.pk: 3}, "00123456789012345678")):
        fulfil(
            order_id=paid.pk, lines=[FulfilLine(*pair) for pair in units.items()], location_id=location.pk,
            tracking_number=number, idempotency_key=number, actor=ACTOR,
        )  # fmt: skip
    plain = factories.order(first, market_code="int")
    Order.objects.filter(pk=plain.pk).update(
        note='=1+1\n"quoted", ＝ 🫖', tags=["a, b", "-x", "茶"], customer_name="'O'Neil", status="cancelled",
        cancelled_at=plain.placed_at, cancel_reason="customer", payment_state="voided",
    )  # fmt: skip
    parted = factories.order(first, second, quantity=2, paid=True)
    split(order_id=parted.pk, lines=[FulfilLine(parted.lines.all()[0].pk, 1)], actor=ACTOR)
    factories.drain()
    return list(Order.objects.order_by("pk"))


@pytest.fixture
def boxes() -> Order:
    """Three bundles, of which two were sent, and one of those came back."""
    factories.shop()
    cup, plate = (factories.variant_of(factories.product(title)) for title in ("Cup | “[old]” – 2 × \\", "盘"))
    box = factories.variant_of(factories.product("礼盒", price=20000, stock=None))
    save_bundle(
        variant_id=box.pk,
        components=[Component(cup.pk, 2), Component(plate.pk, 1)],
        price_mode="own",
        percent_off=Decimal(0),
        actor=ACTOR,
    )
    reset_caches()
    order = factories.order(box, quantity=3, paid=True)
    line, location = order.lines.get().pk, factories.location().pk
    fulfil(
        order_id=order.pk, lines=[FulfilLine(line, 2)], location_id=location, tracking_number="SF1",
        idempotency_key="sent", actor=ACTOR,
    )  # fmt: skip
    back = request_return(order_id=order.pk, lines=[ReturnWish(line, 1, "other")], idempotency_key="back", actor=ACTOR)
    approve_return(return_id=back.pk, actor=ACTOR)
    receive_return(return_id=back.pk, units={back.lines.get().pk: 1}, actor=ACTOR)
    found = [Finding(back.lines.get().pk, "as_new", restock=1)]
    inspect_return(return_id=back.pk, findings=found, location_id=location, actor=ACTOR)
    refund(order_id=order.pk, lines=[RefundLine(line, 1)], idempotency_key="money", actor=ACTOR)
    factories.drain()
    return Order.objects.get(pk=order.pk)


def exported(form: str = "csv") -> bytes:
    export = request_export(user_id=7, language="zh-hans", wanted=OrderFilter(), form=form, for_import=True)
    factories.drain()
    return file_of(export_id=export.pk, user_id=7)[0].read_bytes()


def rows_of(book: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True))


def take(content: bytes, *, name: str = "orders.csv") -> Upload:
    upload = receive_upload(file=io.BytesIO(content), name=name, language="en", actor=ACTOR)
    factories.drain()
    upload.refresh_from_db()
    assert (upload.kind, upload.state) == (Upload.Kind.ORDERS, Upload.State.CHECKED), upload.report
    start_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    upload.refresh_from_db()
    return upload


def take_rows(rows: list[list[str]]) -> Upload:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return take(text.getvalue().encode("utf-8-sig"))


def changed(head: list[str], row: list[str], column: str, value: str) -> list[str]:
    """Return the row with another value in one column."""
    return [value if title == column else cell for title, cell in zip(head, row, strict=True)]


def counted(upload: Upload) -> tuple[int, int, int, int]:
    assert upload.report["refused"] == []
    counts = upload.report["things"]
    return counts["created"], counts["updated"], counts["unchanged"], counts["refused"]


def forget_orders() -> None:
    """Leave a shop that never sold anything."""
    OrderReturn.objects.all().delete()
    OrderRefund.objects.all().delete()
    Order.objects.update(payment_collection=None, origin=None)
    Fulfilment.objects.all().delete()
    OrderLine.objects.all().delete()
    Order.objects.all().delete()
    Event.objects.all().delete()
    Customer.objects.all().delete()


def test_every_title_of_the_export_is_one_the_import_knows() -> None:
    known = {title for field in FIELDS for title in field.titles}
    assert [title for title in TITLES if title not in known] == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_import_over_the_same_shop_changes_nothing(shop: list[Order], form: str) -> None:
    before = list(Order.objects.order_by("pk").values()), list(OrderLine.objects.order_by("pk").values())
    assert counted(take(exported(form), name=f"orders.{form}")) == (0, 0, len(shop), 0)
    assert (list(Order.objects.order_by("pk").values()), list(OrderLine.objects.order_by("pk").values())) == before


def test_an_empty_shop_becomes_the_same_to_the_byte(shop: list[Order]) -> None:
    data = exported()
    forget_orders()
    assert counted(take(data)) == (len(shop), 0, 0, 0)
    assert exported() == data
    parcels = Fulfilment.objects.filter(order__number=shop[0].number).order_by("pk")
    assert [parcel.tracking_number for parcel in parcels] == ["SF001", "00123456789012345678"]


def test_a_workbook_carries_the_same(shop: list[Order]) -> None:
    book, data = exported("xlsx"), exported()
    forget_orders()
    assert counted(take(book, name="orders.xlsx")) == (len(shop), 0, 0, 0)
    assert exported() == data
    assert rows_of(exported("xlsx")) == rows_of(book)


def test_no_later_order_is_given_an_imported_number(shop: list[Order]) -> None:
    data = exported()
    forget_orders()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('orders_order', 'id'), 1, false)")
    else:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'orders_order'")
    take(data)
    numbers = set(Order.objects.values_list("number", flat=True))
    fresh = factories.order(factories.variant_of(factories.product()))
    assert fresh.number not in numbers


def test_an_import_of_our_own_orders_is_taken_back(shop: list[Order]) -> None:
    data = exported()
    forget_orders()
    upload = take(data)
    revert_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    assert not Order.objects.exists()


def test_what_cannot_be_is_refused_and_leaves_nothing(shop: list[Order]) -> None:
    rows = list(csv.reader(io.StringIO(exported().decode("utf-8-sig"), newline="")))
    head, first, *others = [rows[0], *(row for row in rows[1:] if row[0] == shop[0].number)]
    forget_orders()
    for column, value, code in [
        ("Parcels", '[["shipped"]]', "value_unknown"),
        ("Parcels", '{"a": 1}', "value_unknown"),
        ("Parcels", "[" * 9000, "value_unknown"),
        ("Lineitem cancelled", "99", "not_stored"),
        ("Lineitem refunded amount", "99999999", "not_stored"),
        ("Total", "-1", "negative_number"),
    ]:
        upload = take_rows([head, changed(head, first, column, value), *others])
        assert [entry["code"] for entry in upload.report["refused"]] == [code], (column, value[:20])
        assert not Order.objects.exists(), (column, value[:20])
    upload = take_rows([head, changed(head, first, "Refunded Amount", "99999999"), *others])
    assert (upload.report["refused"], Order.objects.exists()) == ([], True)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_bundle_comes_back_with_its_parts(boxes: Order, form: str) -> None:
    data, before = exported(form), list(OrderLine.objects.values_list("parts", flat=True))
    cells = dict(zip(TITLES, next(whole_rows(boxes)), strict=True))
    cup, plate = (part["sku"] for part in before[0])
    assert cells["Lineitem parts"] == (f"2 × [{cup}] Cup \\| “\\[old\\]” \\– 2 × \\\\ | 1 × [{plate}] 盘")
    assert (cells["Lineitem fulfilled"], cells["Lineitem refunded"]) == ("2", "1")
    forget_orders()
    assert counted(take(data, name=f"orders.{form}")) == (1, 0, 0, 0)
    assert list(OrderLine.objects.values_list("parts", flat=True)) == before
    assert exported(form) == data if form == "csv" else rows_of(exported(form)) == rows_of(data)


def _returns() -> list[dict[str, Any]]:
    lines = ("order_line__title", "quantity", "reason", "received_quantity", "condition", "restocked_quantity")
    return [
        {
            **{name: value for name, value in row.items() if name not in {"idempotency_key", "actor", "order_id"}},
            "lines": list(OrderReturn.objects.get(pk=row["id"]).lines.values_list(*lines)),
        }
        for row in OrderReturn.objects.order_by("pk").values()
    ]


@pytest.fixture
def returned(boxes: Order) -> Order:
    """An order with a return that was settled, one that was refused and a withdrawal that waits."""
    line = boxes.lines.get().pk
    settled = OrderReturn.objects.get()
    complete_return(return_id=settled.pk, outcome="refund", actor=ACTOR)
    for key in ("second", "third"):
        row = request_return(
            order_id=boxes.pk, lines=[ReturnWish(line, 1, "other")], note='=1 "茶"\n', idempotency_key=key, actor=ACTOR
        )
        if key == "second":
            decline_return(return_id=row.pk, answer="Worn.", actor=ACTOR)
    OrderReturn.objects.filter(pk=row.pk).update(
        kind="withdrawal",
        number=f"W{1000 + row.pk}",
        declarant="Ann",
        receipt_to="ann@example.com",
        tracking_number="7",
    )
    factories.drain()
    return Order.objects.get(pk=boxes.pk)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_returns_come_back_where_they_stood(returned: Order, form: str) -> None:
    data, before, state = exported(form), _returns(), returned.return_state
    assert (len(before), state) == (3, "requested")
    forget_orders()
    assert counted(take(data, name=f"orders.{form}")) == (1, 0, 0, 0)
    assert _returns() == before
    assert Order.objects.get().return_state == state
    assert exported(form) == data if form == "csv" else rows_of(exported(form)) == rows_of(data)


def test_a_return_that_waited_goes_on_in_the_new_shop(returned: Order) -> None:
    data = exported()
    forget_orders()
    upload = take(data)
    waiting = OrderReturn.objects.get(state="requested")
    approve_return(return_id=waiting.pk, actor=ACTOR)
    revert_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    assert Order.objects.get().return_state == "under_way", "what has been worked on since stays"


def test_imported_returns_go_with_their_orders(returned: Order) -> None:
    data = exported()
    forget_orders()
    revert_upload(upload_id=take(data).pk, actor=ACTOR)
    factories.drain()
    assert (Order.objects.count(), OrderReturn.objects.count()) == (0, 0)


def test_no_two_returns_bear_the_same_number(returned: Order) -> None:
    data = exported()
    numbers = {row.number for row in OrderReturn.objects.all()}
    Order.objects.filter(pk=returned.pk).update(number="ANOTHER", idempotency_key="another")
    assert counted(take(data)) == (1, 0, 0, 0)
    everything = list(OrderReturn.objects.values_list("number", flat=True))
    assert len(everything) == len(set(everything)) == 6
    assert numbers < set(everything)


def test_returns_that_cannot_be_are_refused_and_leave_nothing(returned: Order) -> None:
    head, row = csv.reader(io.StringIO(exported().decode("utf-8-sig"), newline=""))
    told = json.loads(row[head.index("Returns")])
    line = told[0]["lines"][0]
    changes: list[dict[str, Any]] = [
        {"lines": None},
        {"lines": [[5, *line[1:]]]},
        {"requested_at": "2026-01-01T00:00:00"},
        {"state": "lost"},
        {"lines": [[*line[:3], 99, *line[4:]]]},
        {"lines": [[0, 0, "other", 0, "", 0]]},
        {"lines": [line, line]},
    ]
    forget_orders()
    for cell in [
        "[", "{}", "[1]", '[{"kind": "gift"}]', "[[]]", *(json.dumps([{**told[0], **change}]) for change in changes),
    ]:  # fmt: skip
        upload = take_rows([head, changed(head, row, "Returns", cell)])
        assert [entry["row"] for entry in upload.report["refused"]] == [2], cell
        assert not Order.objects.exists(), cell
        assert not OrderReturn.objects.exists(), cell


def test_a_part_that_the_shop_does_not_have_keeps_its_titles(boxes: Order) -> None:
    data, (cup, plate) = exported(), OrderLine.objects.get().parts
    forget_orders()
    Variant.objects.filter(pk=cup["variant_id"]).update(sku="ANOTHER")
    assert counted(take(data)) == (1, 0, 0, 0)
    assert exported() == data
    line = OrderLine.objects.get()
    unknown = {**cup, "variant_id": None, "product_id": None, "product_handle": ""}
    assert line.parts == [unknown, plate]
    assert contents_of(line)[0] == f"2 × {cup['title']}"
    assert stock_of_line(line, 3) == [StockRequest(plate["variant_id"], 3)]


def test_parts_that_cannot_be_read_are_refused_and_leave_nothing(boxes: Order) -> None:
    head, row = csv.reader(io.StringIO(exported().decode("utf-8-sig"), newline=""))
    forget_orders()
    for cell in [
        "Cup", "0 × [A] Cup", "-1 × Cup", "1 × Cup |", "1 × [A Cup", "1 × A] Cup", "1 × Cup – Blue – Large",
        "1 × \\u{0}", "1 × \\u{d800}", "1 × \\u{ffffff}", "1 × Cup\\", "99999999 × Cup", f"1 × {'x' * 1001}",
        f"1 × [{'x' * 101}] Cup", " | ".join(["1 × Cup"] * 201), "１ × Cup",
    ]:  # fmt: skip
        upload = take_rows([head, changed(head, row, "Lineitem parts", cell)])
        assert [(entry["row"], entry["code"]) for entry in upload.report["refused"]] == [(2, "value_unknown")], cell
        assert not Order.objects.exists(), cell
        assert not Customer.objects.exists(), cell


odd = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=40),
    st.sampled_from(
        ["=1+1", "'=x", "''", "007", "1e5", "12345678901234567890", '"', 'a"b', "a\nb", "\r\n", "\r", "a\rb", "_x0041_",
         "#N/A", "TRUE", "🫖 茶",
         "＝1", "-", "a\\", "\\,", " , ", "  x  ", "\ufeff", "\x00", "e\u0301", "\u2028", ";|\t,"]
    ),
)  # fmt: skip


def through(form: str, rows: list[list[str]]) -> None:
    """Write rows as a file, read the file as the wizard does, and keep the orders in it."""
    written = workbook(TITLES, rows).read() if form == "xlsx" else b"".join(csv_chunks(TITLES, rows))
    mapping = suggest(FIELDS, TITLES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(written)
        with as_csv(path) as source, opened(source) as file:
            found = [named(row, mapping) for row in read_table(file).rows()]
    assert KINDS["orders"].save(found, ACTOR, "duli").created


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=odd, name=odd, tags=st.lists(odd, max_size=3), title=odd, city=odd, form=st.sampled_from(["csv", "xlsx"]))
def test_odd_texts_come_back(
    shop: list[Order], note: str, name: str, tags: list[str], title: str, city: str, form: str
) -> None:
    order = shop[1]
    with transaction.atomic():
        Order.objects.filter(pk=order.pk).update(
            note=without_control(note),
            customer_name=one_line(name, 120),
            tags=[tag for tag in dict.fromkeys(one_line(tag, 40) for tag in tags) if tag],
            shipping_address={**factories.ADDRESS.to_json(), "city": one_line(city)},
        )
        OrderLine.objects.filter(order=order).update(title=one_line(title, 255) or "–")
        rows = list(whole_rows(Order.objects.get(pk=order.pk)))
        Order.objects.filter(pk=order.pk).delete()
        through(form, rows)
        again = list(whole_rows(Order.objects.get(number=order.number)))
        assert [[plain(cell) for cell in row] for row in again] == [[plain(cell) for cell in row] for row in rows]
        transaction.set_rollback(True)


def plain(cell: str) -> str:
    """Return a cell as files keep it: a workbook knows one kind of line end."""
    return cell.replace("\r\n", "\n").replace("\r", "\n")


part = st.fixed_dictionaries({"title": odd, "variant_title": odd, "sku": odd, "quantity": st.integers(1, 1000)})


@given(parts=st.lists(part, max_size=4))
def test_odd_parts_come_back(parts: list[dict[str, Any]]) -> None:
    for entry in parts:
        entry.update({name: entry[name].replace("\x00", "") for name in ("title", "variant_title", "sku")})
    text = parts_text(parts)
    assert text == text.strip()
    assert len(text.splitlines()) < 2
    again = [
        {name: getattr(found, name) for name in entry}
        for found, entry in zip(parts_from_text(text), parts, strict=True)
    ]
    assert again == parts
