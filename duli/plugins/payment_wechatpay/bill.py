"""The daily trade bill: a table whose values begin with a grave accent, and two lines of sums below it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from duli.base.money import Money
from duli.commerce.payments.gateway import BillLine, GatewayUnavailable

_SUMS = "总交易单数"


def read_bill(content: bytes) -> Iterator[BillLine]:
    """Yield a bill's payments and refunds. GatewayUnavailable if it is none."""
    try:
        text = content.decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            if str(row["交易时间"]).startswith(_SUMS):
                return
            values = {name: (value or "").lstrip("`").strip() for name, value in row.items() if name}
            yield from _line(values)
    except (KeyError, ValueError, InvalidOperation, csv.Error) as error:
        raise GatewayUnavailable() from error


def _line(values: dict[str, str]) -> Iterator[BillLine]:
    currency, fee = values["货币种类"], Decimal(values["手续费"] or 0)
    if values["交易状态"] == "SUCCESS":
        yield BillLine(
            "captured",
            values["商户订单号"],
            values["微信订单号"],
            Money.of(values["订单金额"], currency),
            Money.of(fee, currency),
        )
    elif values["交易状态"] in {"REFUND", "REVOKED"}:
        number = values["商户退款单号"]
        yield BillLine("refunded", number, number, Money.of(values["申请退款金额"], currency), Money.of(fee, currency))
