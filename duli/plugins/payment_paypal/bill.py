"""What moved on a day, by PayPal's transaction search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from duli.base.money import Money
from duli.commerce.payments.gateway import BillLine, GatewayRefused, GatewayUnavailable
from duli.plugins.payment_paypal.client import Account, KeyRefused, call, from_paypal

PATH = "/v1/reporting/transactions"
PAGE = 500
MOST_PAGES = 200
_PAYMENT, _REFUND = "T00", "T1107"
_SUCCEEDED, _REVERSED = "S", "V"


def lines(account: Account, day: date) -> Iterator[BillLine]:
    """Yield the payments and refunds of a day. GatewayUnavailable while PayPal has not listed all of it."""
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    for page in range(1, MOST_PAGES):
        told = _page(account, begin, end - timedelta(seconds=1), page)
        try:
            if datetime.fromisoformat(str(told["last_refreshed_datetime"])) < end:
                raise GatewayUnavailable()
            for entry in told["transaction_details"]:
                yield from _lines(entry["transaction_info"])
            if page >= int(told["total_pages"]):
                return
        except (KeyError, TypeError, ValueError) as error:
            raise GatewayUnavailable() from error
    raise GatewayUnavailable()


def _page(account: Account, begin: datetime, end: datetime, page: int) -> dict[str, Any]:
    query = {
        "start_date": begin.isoformat().replace("+00:00", "Z"),
        "end_date": end.isoformat().replace("+00:00", "Z"),
        "fields": "transaction_info",
        "page_size": PAGE,
        "page": page,
    }
    try:
        return call(account, "GET", f"{PATH}?{urlencode(query)}")
    except KeyRefused as error:
        raise GatewayRefused(
            reason="transaction_search",
            detail=_("Switch on “Transaction search” for the app at developer.paypal.com; it works within a day."),
        ) from error


def _lines(told: Mapping[str, Any]) -> Iterator[BillLine]:
    """Read one movement; fees, holds, payouts and what other business the account does are left out."""
    code, status = str(told["transaction_event_code"]), str(told["transaction_status"])
    if status not in {_SUCCEEDED, _REVERSED}:
        return
    amount, number = from_paypal(told["transaction_amount"]), str(told["transaction_id"])
    if code.startswith(_PAYMENT) and amount.minor > 0:
        yield BillLine("captured", str(told.get("custom_field") or ""), number, amount, _fee(told))
    elif code == _REFUND:
        back = Money(abs(amount.minor), amount.currency)
        yield BillLine("refunded", str(told.get("invoice_id") or ""), number, back, _fee(told))
        if status == _REVERSED:
            yield BillLine("refund_failed", str(told.get("invoice_id") or ""), number, back)


def _fee(told: Mapping[str, Any]) -> Money | None:
    """Return what PayPal kept, which it writes below zero."""
    fee = told.get("fee_amount")
    if not fee:
        return None
    kept = from_paypal(fee)
    return Money(-kept.minor, kept.currency)
