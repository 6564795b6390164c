"""The daily bill: a ZIP of GBK tables between lines of comment."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from duli.base.money import Money
from duli.commerce.payments.gateway import BillLine, GatewayUnavailable

_NUMBER, _TOKEN, _KIND, _AMOUNT, _REFUND, _FEE = (
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "订单金额（元）",
    "退款批次号/请求号",
    "服务费（元）",
)
COLUMNS = (_NUMBER, _TOKEN, _KIND, _AMOUNT, _REFUND, _FEE)
_KINDS = {"交易", "退款"}
_MAXIMUM = 256 * 1024 * 1024


def read_bill(content: bytes, columns: Mapping[str, str]) -> Iterator[BillLine]:
    """Yield the movements of a bill's table of details. GatewayUnavailable if it is none.

    `columns`: what the merchant says headings mean that were renamed (one of COLUMNS each).
    """
    try:
        yield from _lines(_details(content, columns), columns)
    except (zipfile.BadZipFile, UnicodeDecodeError, KeyError, ValueError, InvalidOperation) as error:
        raise GatewayUnavailable() from error


def _details(content: bytes, columns: Mapping[str, str]) -> str:
    marks = [heading for heading, name in {_NUMBER: _NUMBER, **columns}.items() if name == _NUMBER]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for entry in packed.infolist():
            if entry.file_size > _MAXIMUM:
                raise ValueError("too large a bill")
            text = packed.read(entry).decode("gbk")
            # The names of the files are coded in several ways; what is in them is not.
            if any(mark in text for mark in marks):
                return text
    raise ValueError("no table of details")


def _lines(text: str, columns: Mapping[str, str]) -> Iterator[BillLine]:
    table = csv.reader(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    names = [columns.get(heading.strip(), heading.strip()) for heading in next(table, [])]
    for values in table:
        row = dict(zip(names, values, strict=False))
        kind = row[_KIND].strip()
        if kind not in _KINDS:
            continue
        amount, fee = Decimal(row[_AMOUNT].strip()), Decimal(row[_FEE].strip() or 0)
        trade, refund = row[_NUMBER].strip(), row[_REFUND].strip()
        is_refund = kind == "退款"
        yield BillLine(
            kind="refunded" if is_refund else "captured",
            token=refund if is_refund else row[_TOKEN].strip(),
            transaction_id=refund if is_refund else trade,
            amount=Money.of(abs(amount), "CNY"),
            # What Alipay keeps is written below zero, what it gives back with a refund above.
            fee=Money.of(-fee, "CNY"),
        )
