"""Orders as a file for a spreadsheet, written by a job in rows that are read a thousand at a time."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import short_code
from duli.base.money import Money
from duli.base.text import guarded, without_control
from duli.commerce.orders import locks
from duli.commerce.orders.models import Order, OrderExport, OrderLine
from duli.commerce.orders.selectors import filtered
from duli.commerce.orders.services.export_again import TITLES, whole_rows
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.commerce.orders.types import OrderFilter
from duli.commerce.orders.words import country_words, market_words, payment_words, source_words
from duli.platform.store.selectors import current_store

FORMS = ("csv", "xlsx")
MOST_ROWS = {"csv": 10_000_000, "xlsx": 1_000_000}
"""A sheet of a workbook ends at 1,048,576 rows."""
KEPT = timedelta(days=7)
CHUNK = 1000

Value = str | int | Decimal | datetime | None


def folder() -> Path:
    return Path(settings.DATA_DIR) / "exports"


def to_json(wanted: OrderFilter) -> dict[str, Any]:
    """Return a filter as plain JSON values, days as text."""
    values = asdict(wanted)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def from_json(data: dict[str, Any]) -> OrderFilter:
    """Return the filter that `to_json` wrote; parts that this version does not know are left out."""
    known = {field.name for field in fields(OrderFilter)}
    values = {name: value for name, value in data.items() if name in known}
    for name in ("placed_from", "placed_to"):
        values[name] = date.fromisoformat(values[name]) if values.get(name) else None
    return OrderFilter(**values)


@transaction.atomic
def request_export(
    *,
    user_id: int,
    language: str,
    wanted: OrderFilter,
    form: str,
    per_line: bool = False,
    for_import: bool = False,
) -> OrderExport:
    """Let a job write the orders that `wanted` leaves into a file ("csv" or "xlsx") for this member of staff.

    `for_import` writes everything as an import reads it again, in fixed titles, instead of what people read.
    """
    from duli.commerce.orders.jobs import write_export as job

    if form not in FORMS:
        raise InvalidInput(field="form")
    export = OrderExport.objects.create(
        user_id=user_id,
        language=language,
        wanted=to_json(wanted),
        form=form,
        per_line=per_line or for_import,
        for_import=for_import,
        created_at=now(),
    )
    job.enqueue(export_id=export.pk)
    return export


class _Sheet(Protocol):
    def add(self, row: Sequence[Value]) -> None: ...
    def close(self) -> None: ...


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    return guarded(without_control(text))


class _Csv:
    """UTF-8 with the mark that Excel needs to believe it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)

    def add(self, row: Sequence[Value]) -> None:
        self._writer.writerow([self._text(value) for value in row])

    @staticmethod
    def _text(value: Value) -> str:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M")
        return harmless(value) if isinstance(value, str) else "" if value is None else str(value)

    def close(self) -> None:
        self._file.close()


class _Workbook:
    """One sheet, written row by row; texts are written as texts whatever they begin with."""

    def __init__(self, path: Path) -> None:
        from openpyxl import Workbook  # a quarter of a second to load, and only exports need it

        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(gettext("Orders")[:31])
        self._sheet.freeze_panes = "B2"

    def add(self, row: Sequence[Value]) -> None:
        from openpyxl.cell import WriteOnlyCell

        cells: list[Any] = []
        for value in row:
            if isinstance(value, str):
                cell = WriteOnlyCell(self._sheet, value=without_control(value)[:32_000])
                cell.data_type = "s"
                cells.append(cell)
            else:
                cells.append(value)
        self._sheet.append(cells)

    def close(self) -> None:
        self._book.save(self._path)


def _order_head() -> list[str]:
    return [
        *(gettext("Order"), gettext("Time"), gettext("Status"), gettext("Payment"), gettext("Fulfilment")),
        *(gettext("Customer"), gettext("E-mail"), gettext("Phone"), gettext("Country"), gettext("Market")),
        *(gettext("Currency"), gettext("Subtotal"), gettext("Discount"), gettext("Shipping cost"), gettext("Tax")),
        *(gettext("Total"), gettext("Shipping method"), gettext("Payment method"), gettext("Paid at")),
        *(gettext("Tags"), gettext("Address"), gettext("Note from the shopper"), gettext("Source")),
    ]


def _line_head() -> list[str]:
    return [
        *(gettext("SKU"), gettext("Item"), gettext("Variant"), gettext("Quantity"), gettext("Shipped")),
        *(gettext("Each"), gettext("Line discount"), gettext("Line tax"), gettext("Line total")),
    ]


def _address(order: Order) -> str:
    parts = order.shipping_address or {}
    names = ("name", "company", "postal_code", "region", "city", "district", "line1", "line2", "phone")
    return " ".join(str(parts[name]) for name in names if parts.get(name))


def _order_cells(order: Order, zone: ZoneInfo) -> list[Value]:
    def amount(minor: int) -> Decimal:
        return Money(minor, order.currency).amount

    def local(instant: datetime | None) -> datetime | None:
        return instant.astimezone(zone).replace(tzinfo=None) if instant else None

    return [
        *(order.number or "", local(order.placed_at), str(OrderStatus(order.status).label)),
        *(str(PaymentState(order.payment_state).label), str(FulfilmentState(order.fulfilment_state).label)),
        *(
            order.customer_name,
            order.email,
            order.phone,
            country_words(order.country),
            market_words(order.market_code),
            order.currency,
        ),
        *(amount(order.subtotal_minor), amount(order.discount_minor), amount(order.shipping_minor)),
        *(
            amount(order.tax_minor),
            amount(order.total_minor),
            order.shipping_method_name,
            payment_words(order.payment_method_code),
        ),
        *(local(order.paid_at), ", ".join(order.tags), _address(order), order.note, source_words(order.source)),
    ]


def _line_cells(line: OrderLine, currency: str) -> list[Value]:
    return [
        *(line.sku, line.title, line.variant_title, line.quantity, line.fulfilled_quantity),
        Money(line.unit_price_minor, currency).amount,
        Money(line.discount_minor, currency).amount,
        Money(line.tax_minor, currency).amount,
        Money(line.total_minor, currency).amount,
    ]


def _orders(wanted: OrderFilter, *, for_import: bool) -> Iterator[Order]:
    rows = filtered(wanted).order_by("-placed_at", "-id")
    if for_import:
        rows = rows.filter(number__isnull=False).defer("quote")
        return rows.prefetch_related("lines", "fulfilments__lines", "returns__lines").iterator(chunk_size=CHUNK)
    return rows.defer("quote", "billing_address").prefetch_related("lines").iterator(chunk_size=CHUNK)


def write_export(*, export_id: int) -> None:
    """Write the file that was asked for; one that is written already stays. A broken run leaves no half file."""
    with transaction.atomic():
        export = locks.lock_export(export_id)
        if export.state == OrderExport.State.DONE:
            return
        OrderExport.objects.filter(pk=export_id).update(state=OrderExport.State.RUNNING, rows=0)
    name = f"{short_code(20)}.{export.form}"
    target = folder() / name
    try:
        folder().mkdir(parents=True, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with translation.override(export.language):
            rows = _write(export, target)
    except BaseException:
        OrderExport.objects.filter(pk=export_id).update(state=OrderExport.State.FAILED, finished_at=now())
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise
    OrderExport.objects.filter(pk=export_id).update(
        state=OrderExport.State.DONE, rows=rows, file_name=name, finished_at=now()
    )


def _rows(order: Order, export: OrderExport, zone: ZoneInfo) -> Iterator[Sequence[Value]]:
    if export.for_import:
        # Guarded in a workbook too, as the import expects it of both; a CSV guards each text it writes.
        guard = harmless if export.form == "xlsx" else str
        yield from ([guard(cell) for cell in cells] for cells in whole_rows(order))
        return
    cells = _order_cells(order, zone)
    if not export.per_line:
        yield cells
        return
    for line in order.lines.all():
        yield [*cells, *_line_cells(line, order.currency)]


def _write(export: OrderExport, target: Path) -> int:
    sheet: _Sheet = _Workbook(target) if export.form == "xlsx" else _Csv(target)
    zone = ZoneInfo(current_store().time_zone)
    count = 0
    try:
        if export.for_import:
            sheet.add(TITLES)
        else:
            sheet.add([*_order_head(), *(_line_head() if export.per_line else [])])
        for order in _orders(from_json(export.wanted), for_import=export.for_import):
            for row in _rows(order, export, zone):
                if count >= MOST_ROWS[export.form]:
                    raise InvalidInput(field="form")
                sheet.add(row)
                count += 1
                if count % (CHUNK * 10) == 0:
                    OrderExport.objects.filter(pk=export.pk).update(rows=count)
    finally:
        sheet.close()
    return count


def file_of(*, export_id: int, user_id: int) -> tuple[Path, str]:
    """Return the file and the name to save it under, to whoever asked for it. NotFound."""
    export = OrderExport.objects.filter(pk=export_id, user_id=user_id, state=OrderExport.State.DONE).first()
    if export is None or not (folder() / export.file_name).is_file():
        raise NotFound()
    zone = ZoneInfo(current_store().time_zone)
    day = export.created_at.astimezone(zone).strftime("%Y-%m-%d-%H%M")
    return folder() / export.file_name, f"orders-{day}.{export.form}"


def forget_exports() -> int:
    """Delete files that nobody needs any more; return how many."""
    old = list(OrderExport.objects.filter(created_at__lt=now() - KEPT))
    for export in old:
        if export.file_name:
            (folder() / export.file_name).unlink(missing_ok=True)
    OrderExport.objects.filter(pk__in=[export.pk for export in old]).delete()
    return len(old)
