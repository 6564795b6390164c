"""Trades and their refunds: what Alipay keeps."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.wallet.store import Entry, Store

CHINA = timezone(timedelta(hours=8))
NEW, WAITING, PAID, FINISHED, CLOSED = "", "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"
_TIME = "%Y-%m-%d %H:%M:%S"


class Failure(Exception):
    """A call that is answered with 40004 and this sub_code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or code


def china(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA)


def written(seconds: float) -> str:
    return china(seconds).strftime(_TIME)


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Failure("ACQ.INVALID_PARAMETER") from None
    if not (Decimal("0.01") <= amount <= Decimal(100000000)) or amount != amount.quantize(Decimal("0.01")):
        raise Failure("ACQ.INVALID_PARAMETER", "金额有误")
    return amount


def public(trade: Entry) -> dict[str, Any]:
    """Return what `trade.query` tells."""
    told = {
        "buyer_logon_id": "159****0000",
        "buyer_pay_amount": trade["total_amount"] if trade["paid_at"] else "0.00",
        "out_trade_no": trade["out_trade_no"],
        "total_amount": trade["total_amount"],
        "trade_no": trade["trade_no"],
        "trade_status": trade["status"],
    }
    return {**told, "send_pay_date": written(trade["paid_at"])} if trade["paid_at"] else told


class Trades:
    """A trade exists for the merchant only once its buyer has scanned the code or opened the page."""

    def __init__(self, store: Store, late_seconds: float) -> None:
        self.store, self.late_seconds = store, late_seconds

    def _put(self, trade: Entry) -> Entry:
        return self.store.put("trade", trade["out_trade_no"], trade)

    def prepare(self, biz: Mapping[str, Any], values: Mapping[str, str], product: str) -> Entry:
        """Take note of a trade; the same number again has to be the same trade."""
        number, amount = str(biz["out_trade_no"]), f"{_amount(biz['total_amount']):.2f}"
        if not 0 < len(number) <= 64 or not biz.get("subject"):
            raise Failure("ACQ.INVALID_PARAMETER")
        with self.store.writing():
            trade = self.store.get("trade", number)
            if trade is not None:
                if (trade["total_amount"], trade["subject"]) != (amount, biz["subject"]):
                    raise Failure("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
                if trade["status"] in {PAID, FINISHED}:
                    raise Failure("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
                if trade["status"] == CLOSED and product == "FACE_TO_FACE_PAYMENT":
                    raise Failure("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
                return trade
            code = secrets.token_urlsafe(12)
            self.store.put("code", code, {"out_trade_no": number})
            return self._put(
                {
                    "out_trade_no": number,
                    "trade_no": f"{china(self.store.clock()):%Y%m%d}22001{secrets.randbelow(10**14):014}",
                    "total_amount": amount,
                    "subject": str(biz["subject"]),
                    "product_code": product,
                    "status": NEW,
                    "code": code,
                    "notify_url": values.get("notify_url", ""),
                    "return_url": values.get("return_url", ""),
                    "quit_url": str(biz.get("quit_url", "")),
                    "expires": str(biz.get("time_expire", "")),
                    "passback_params": biz.get("passback_params", ""),
                    "created_at": self.store.clock(),
                    "paid_at": None,
                    "settles_at": None,
                    "refunds": {},
                }
            )

    def _current(self, trade: Entry) -> Entry:
        """Bring a trade up to date: a slow bank may have decided, its time may have run out."""
        if trade["status"] == WAITING and trade["settles_at"] and trade["settles_at"] <= self.store.clock():
            return self._paid(trade)
        late = trade["expires"] and written(self.store.clock()) >= trade["expires"]
        if trade["status"] in {NEW, WAITING} and not trade["settles_at"] and late:
            return self._put({**trade, "status": CLOSED})
        return trade

    def known(self, biz: Mapping[str, Any]) -> Entry:
        """Return the trade that the merchant names, if its buyer has been seen."""
        trade = self._find(biz)
        if trade is None or trade["status"] == NEW:
            raise Failure("ACQ.TRADE_NOT_EXIST", "交易不存在")
        return trade

    def _find(self, biz: Mapping[str, Any]) -> Entry | None:
        with self.store.writing():
            number = str(biz.get("out_trade_no") or "")
            if not number:
                wanted = str(biz["trade_no"])
                found = [trade for trade in self.store.every("trade") if trade["trade_no"] == wanted]
                number = found[0]["out_trade_no"] if found else ""
            trade = self.store.get("trade", number)
            return self._current(trade) if trade else None

    def opened(self, code: str) -> Entry | None:
        """Return the trade behind a code, now that its buyer looks at it."""
        with self.store.writing():
            named = self.store.get("code", code)
            trade = self.store.get("trade", named["out_trade_no"]) if named else None
            if trade is None:
                return None
            trade = self._current(trade)
            return self._put({**trade, "status": WAITING}) if trade["status"] == NEW else trade

    def pay(self, number: str, *, slowly: bool = False) -> Entry:
        with self.store.writing():
            trade = self.store.get("trade", number)
            assert trade is not None
            if slowly:
                return self._put({**trade, "settles_at": self.store.clock() + self.late_seconds})
            return self._paid(trade)

    def _paid(self, trade: Entry) -> Entry:
        paid = self._put({**trade, "status": PAID, "paid_at": self.store.clock(), "settles_at": None})
        self._tell(paid)
        return paid

    def settle(self) -> float | None:
        """Let slow banks decide whose time has come; return when the next one does."""
        waiting = [self._find(trade) for trade in self.store.every("trade") if trade["settles_at"]]
        return min((trade["settles_at"] for trade in waiting if trade and trade["settles_at"]), default=None)

    def close(self, biz: Mapping[str, Any]) -> dict[str, Any]:
        with self.store.writing():
            trade = self.known(biz)
            if trade["status"] != WAITING or trade["settles_at"]:
                code = "ACQ.TRADE_HAS_CLOSE" if trade["status"] == CLOSED else "ACQ.TRADE_STATUS_ERROR"
                raise Failure(code, "交易状态不合法")
            self._tell(self._put({**trade, "status": CLOSED}))
            return {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}

    def cancel(self, biz: Mapping[str, Any]) -> dict[str, Any]:
        """Undo a trade, whatever became of it: what was paid goes back, what was not can no longer be paid."""
        with self.store.writing():
            trade = self._find(biz)
            told: dict[str, Any] = {"out_trade_no": str(biz.get("out_trade_no", "")), "retry_flag": "N"}
            if trade is None:
                return told
            if trade["settles_at"]:
                raise Failure("ACQ.SYSTEM_ERROR", "系统异常")
            if trade["status"] in {NEW, WAITING}:
                self._put({**trade, "status": CLOSED})
                return {**told, "trade_no": trade["trade_no"], "action": "close"}
            if trade["status"] == PAID:
                number = f"cancel-{trade['out_trade_no']}"
                self._give_back(trade, number, Decimal(trade["total_amount"]))
                return {**told, "trade_no": trade["trade_no"], "action": "refund"}
            return {**told, "trade_no": trade["trade_no"]}

    def refund(self, biz: Mapping[str, Any]) -> dict[str, Any]:
        """Give money back; the same request number again changes nothing and says so."""
        with self.store.writing():
            trade = self.known(biz)
            amount = _amount(biz["refund_amount"])
            number = str(biz.get("out_request_no") or trade["out_trade_no"])
            made = trade["refunds"].get(number)
            if made is not None:
                if Decimal(made["amount"]) != amount:
                    raise Failure("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额与之前不一致")
                return self._refunded(trade, changed=False)
            if trade["status"] == FINISHED:
                raise Failure("ACQ.TRADE_HAS_FINISHED", "交易已完结")
            if trade["status"] != PAID:
                raise Failure("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
            if amount > Decimal(trade["total_amount"]) - _returned(trade):
                raise Failure("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
            return self._refunded(self._give_back(trade, number, amount), changed=True)

    def _give_back(self, trade: Entry, number: str, amount: Decimal) -> Entry:
        refunds = {**trade["refunds"], number: {"amount": f"{amount:.2f}", "at": self.store.clock()}}
        trade = {**trade, "refunds": refunds}
        if _returned(trade) == Decimal(trade["total_amount"]):
            trade["status"] = CLOSED
        self._tell(self._put(trade), number)
        return trade

    def _refunded(self, trade: Entry, *, changed: bool) -> dict[str, Any]:
        return {
            "buyer_logon_id": "159****0000",
            "fund_change": "Y" if changed else "N",
            "out_trade_no": trade["out_trade_no"],
            "refund_fee": f"{_returned(trade):.2f}",
            "trade_no": trade["trade_no"],
        }

    def refund_of(self, biz: Mapping[str, Any]) -> dict[str, Any]:
        trade = self.known(biz)
        number = str(biz["out_request_no"])
        made = trade["refunds"].get(number)
        if made is None:
            # Nothing but the code says that there is no such refund.
            return {}
        return {
            "out_request_no": number,
            "out_trade_no": trade["out_trade_no"],
            "refund_amount": made["amount"],
            "refund_status": "REFUND_SUCCESS",
            "total_amount": trade["total_amount"],
            "trade_no": trade["trade_no"],
        }

    def movements(self, day: str) -> Iterator[tuple[Entry, str, Decimal, float]]:
        """Yield (trade, refund number or "", amount, when) of everything that moved on a day in China."""
        for trade in self.store.every("trade"):
            if trade["paid_at"] and written(trade["paid_at"])[:10] == day:
                yield trade, "", Decimal(trade["total_amount"]), trade["paid_at"]
            for number, made in trade["refunds"].items():
                if written(made["at"])[:10] == day:
                    yield trade, number, -Decimal(made["amount"]), made["at"]

    def _tell(self, trade: Entry, refund: str = "") -> None:
        moment = written(self.store.clock())
        fields = {
            "buyer_id": "2088000000000099",
            "buyer_logon_id": "159****0000",
            "charset": "utf-8",
            "gmt_create": written(trade["created_at"]),
            "notify_id": secrets.token_hex(17),
            "notify_time": moment,
            "notify_type": "trade_status_sync",
            "out_trade_no": trade["out_trade_no"],
            "subject": trade["subject"],
            "total_amount": trade["total_amount"],
            "trade_no": trade["trade_no"],
            "trade_status": trade["status"],
            "version": "1.0",
        }
        if trade["passback_params"]:
            fields["passback_params"] = trade["passback_params"]
        if trade["paid_at"]:
            fields |= {
                "gmt_payment": written(trade["paid_at"]),
                "receipt_amount": trade["total_amount"],
                "buyer_pay_amount": trade["total_amount"],
                "fund_bill_list": f'[{{"amount":"{trade["total_amount"]}","fundChannel":"ALIPAYACCOUNT"}}]',
            }
        if refund:
            fields |= {"gmt_refund": f"{moment}.000", "out_biz_no": refund, "refund_fee": f"{_returned(trade):.2f}"}
        if trade["status"] == CLOSED:
            fields["gmt_close"] = moment
        self.store.tell(trade["notify_url"], fields)


def _returned(trade: Mapping[str, Any]) -> Decimal:
    return sum((Decimal(made["amount"]) for made in trade["refunds"].values()), Decimal(0))
