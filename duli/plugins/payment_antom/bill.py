"""Antom's transaction details report: a table with an end mark, which its dashboard and SFTP server hand out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.commerce.payments.gateway import BillLine, UnreadableBill

END = "<END>"
_TIMES = ("transactionTime", "paymentTime")
_NEEDED = {"transactionType", "transactionId", "transactionRequestId"}
_KINDS = {"PAYMENT": "captured", "CAPTURE": "captured", "REFUND": "refunded"}
COLUMNS = (
    *("transactionType", "transactionId", "transactionRequestId", "transactionTime", "paymentTime"),
    *("transactionAmountValue", "transactionCurrency", "feeAmountValue", "feeCurrency"),
)
MAXIMUM = 64 * 1024 * 1024


def read_bill(content: bytes, columns: Mapping[str, str]) -> tuple[date, list[BillLine]]:
    """Return the day of a report and its payments and refunds, in the time that the report is written in.

    `columns`: what the merchant says headings mean that were renamed (one of COLUMNS each).
    Cancelled and disputed money is no movement of ours. UnreadableBill: no report, cut off, or of several days.
    """
    if len(content) > MAXIMUM:
        raise UnreadableBill(detail=_("the file is too large."))
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableBill(detail=_("it is no table.")) from error
    rows = [row for row in rows if any(value.strip() for value in row)]
    names = [columns.get(name.strip(), name.strip()) for name in rows[0]] if rows else []
    if not set(names) >= _NEEDED:
        raise UnreadableBill(detail=_("the columns of a transaction details report are missing."))
    if rows[-1][0].strip() != END:
        raise UnreadableBill(detail=_("its end is missing; download it once more."))
    entries = [dict(zip(names, (value.strip() for value in row), strict=False)) for row in rows[1:-1]]
    try:
        days = {_day(entry) for entry in entries}
        found = [line for entry in entries for line in _lines(entry)]
    except (KeyError, ValueError, InvalidOperation) as error:
        raise UnreadableBill(detail=_("a line cannot be read.")) from error
    if len(days) != 1:
        raise UnreadableBill(detail=_("it is not about one day."))
    return days.pop(), found


def _day(entry: dict[str, str]) -> date:
    return datetime.fromisoformat(next(entry[name] for name in _TIMES if entry.get(name))).date()


def _lines(entry: dict[str, str]) -> Iterator[BillLine]:
    kind = _KINDS.get(entry["transactionType"])
    if kind is None:
        return
    # The reports are written in whole units, where the interface speaks of the smallest ones.
    amount = Money.of(abs(Decimal(entry["transactionAmountValue"])), entry["transactionCurrency"])
    fee = None
    if entry.get("feeAmountValue") and entry.get("feeCurrency"):
        fee = Money.of(Decimal(entry["feeAmountValue"]), entry["feeCurrency"])
    ours, theirs = entry["transactionRequestId"], entry["transactionId"]
    if kind == "captured":
        yield BillLine("captured", ours, theirs, amount, fee)
    else:
        # Everything that Antom tells of a refund names it by our number.
        yield BillLine("refunded", ours, ours, amount, fee)
