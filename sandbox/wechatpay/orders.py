"""Orders and their refunds: what WeChat Pay keeps."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.kit.wsgi import Refused
from sandbox.wallet.store import Entry, Store
from sandbox.wechatpay.keys import Merchant

CHINA = timezone(timedelta(hours=8))
OPEN, PAID, CLOSED = "NOTPAY", "SUCCESS", "CLOSED"
H5_SECONDS = 300
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


def china(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA)


def written(seconds: float) -> str:
    return china(seconds).strftime("%Y-%m-%d %H:%M:%S")


def _returned(order: Mapping[str, Any]) -> int:
    return sum(made["amount"] for made in order["refunds"].values() if made["status"] not in {"CLOSED"})


def public(order: Entry, merchant: Merchant) -> dict[str, Any]:
    """Return what a query tells, and what a message about a payment seals."""
    state = "REFUND" if order["trade_state"] == PAID and order["refunds"] else order["trade_state"]
    told = {
        "amount": {"currency": order["currency"], "payer_currency": order["currency"], "total": order["total"]},
        "appid": merchant.appid,
        "attach": "",
        "mchid": merchant.mchid,
        "out_trade_no": order["out_trade_no"],
        "trade_state": state,
        "trade_state_desc": state,
        "trade_type": order["trade_type"],
    }
    if order["trade_state"] == PAID:
        told["amount"]["payer_total"] = order["total"]
        told |= {
            "bank_type": "OTHERS",
            "payer": {"openid": order["openid"]},
            "success_time": china(order["paid_at"]).isoformat(timespec="seconds"),
            "transaction_id": order["transaction_id"],
        }
    return told


def public_refund(order: Entry, number: str) -> dict[str, Any]:
    made = order["refunds"][number]
    told = {
        "amount": {"currency": order["currency"], "refund": made["amount"], "total": order["total"]},
        "channel": "ORIGINAL",
        "create_time": china(made["at"]).isoformat(timespec="seconds"),
        "out_refund_no": number,
        "out_trade_no": order["out_trade_no"],
        "refund_id": made["refund_id"],
        "status": made["status"],
        "transaction_id": order["transaction_id"],
        "user_received_account": "支付用户零钱",
    }
    return told


class Orders:
    """`refunds_are` is the state in which a refund begins: SUCCESS, or PROCESSING until `finish_refund`."""

    def __init__(self, store: Store, late_seconds: float, merchant: Merchant, refunds_are: str) -> None:
        self.store, self.late_seconds, self.merchant, self.refunds_are = store, late_seconds, merchant, refunds_are

    def _put(self, order: Entry) -> Entry:
        return self.store.put("order", order["out_trade_no"], order)

    def open(self, kind: str, asked: Mapping[str, Any]) -> Entry:
        """Take an order; the same again is the same order, with a fresh link for a phone."""
        number, total, currency = _checked(kind, asked, self.merchant)
        with self.store.writing():
            order = self._find(number)
            if order is not None:
                if (order["trade_type"], order["total"], order["currency"]) != (kind.upper(), total, currency):
                    raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号重复")
                if order["trade_state"] == PAID:
                    raise Refused(400, "ORDERPAID", "该订单已支付")
                if order["trade_state"] == CLOSED:
                    raise Refused(400, "ORDER_CLOSED", "该订单已关闭")
                return self._put({**order, "asked_at": self.store.clock()})
            code = secrets.token_urlsafe(12)
            self.store.put("code", code, {"out_trade_no": number})
            expires = asked.get("time_expire")
            return self._put(
                {
                    "out_trade_no": number,
                    "transaction_id": "",
                    "trade_type": kind.upper(),
                    "trade_state": OPEN,
                    "total": total,
                    "currency": currency,
                    "description": str(asked["description"]),
                    "notify_url": str(asked["notify_url"]),
                    "openid": str((asked.get("payer") or {}).get("openid") or "o-practice"),
                    "expires": datetime.fromisoformat(expires).timestamp() if expires else None,
                    "code": code,
                    "back": "",
                    "asked_at": self.store.clock(),
                    "paid_at": None,
                    "settles_at": None,
                    "refunds": {},
                }
            )

    def _find(self, number: str) -> Entry | None:
        order = self.store.get("order", number)
        if order is None:
            return None
        if order["settles_at"] and order["settles_at"] <= self.store.clock():
            return self._paid(order)
        late = order["expires"] and order["expires"] <= self.store.clock()
        if order["trade_state"] == OPEN and not order["settles_at"] and late:
            return self._put({**order, "trade_state": CLOSED})
        return order

    def known(self, number: str, *, by_id: bool = False) -> Entry:
        with self.store.writing():
            if by_id:
                found = [order for order in self.store.every("order") if order["transaction_id"] == number]
                number = found[0]["out_trade_no"] if number and found else ""
            order = self._find(number)
        if order is None:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return order

    def opened(self, code: str, *, back: str = "", is_h5: bool = False) -> Entry | None:
        """Return the order behind a link. `back` is where the shopper goes afterwards; a phone's link lapses soon."""
        with self.store.writing():
            named = self.store.get("code", code)
            order = self._find(named["out_trade_no"]) if named else None
            if order is None or (is_h5 and order["asked_at"] + H5_SECONDS <= self.store.clock()):
                return None
            return self._put({**order, "back": back}) if back else order

    def pay(self, number: str, *, slowly: bool = False) -> Entry:
        with self.store.writing():
            order = self.known(number)
            if slowly:
                return self._put({**order, "settles_at": self.store.clock() + self.late_seconds})
            return self._paid(order)

    def _paid(self, order: Entry) -> Entry:
        number = f"42000{secrets.randbelow(10**23):023}"
        paid = self._put(
            {**order, "trade_state": PAID, "transaction_id": number, "paid_at": self.store.clock(), "settles_at": None}
        )
        # A message is about what happened, whatever has come after it when it is sent.
        self._tell(paid["notify_url"], "TRANSACTION.SUCCESS", "transaction", public(paid, self.merchant))
        return paid

    def settle(self) -> float | None:
        """Let slow banks decide whose time has come; return when the next one does."""
        with self.store.writing():
            slow = [self._find(order["out_trade_no"]) for order in self.store.every("order") if order["settles_at"]]
        return min((order["settles_at"] for order in slow if order and order["settles_at"]), default=None)

    def close(self, number: str) -> None:
        with self.store.writing():
            order = self.known(number)
            if order["trade_state"] == PAID:
                raise Refused(400, "ORDERPAID", "该订单已支付")
            if order["settles_at"]:
                raise Refused(400, "USERPAYING", "用户支付中")
            self._put({**order, "trade_state": CLOSED})

    def refund(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Give money back; the same number again is the same refund."""
        number, amount = str(asked.get("out_refund_no", "")), asked.get("amount") or {}
        with self.store.writing():
            by_id = not asked.get("out_trade_no")
            order = self.known(str(asked.get("transaction_id") if by_id else asked["out_trade_no"]), by_id=by_id)
            if not _REFUND_NUMBER.fullmatch(number) or not isinstance(amount.get("refund"), int):
                raise Refused(400, "PARAM_ERROR", "参数错误")
            made = order["refunds"].get(number)
            if made is not None:
                if made["amount"] != amount["refund"]:
                    raise Refused(400, "PARAM_ERROR", "订单金额或退款金额与之前请求不一致")
                return public_refund(order, number)
            if order["trade_state"] != PAID:
                raise Refused(403, "TRADE_STATE_ERROR", "订单状态错误")
            if amount.get("total") != order["total"] or amount.get("currency") != order["currency"]:
                raise Refused(400, "INVALID_REQUEST", "订单金额不一致")
            if not 0 < amount["refund"] <= order["total"] - _returned(order) or len(order["refunds"]) >= 50:
                raise Refused(403, "NOT_ENOUGH", "余额不足或退款超限")
            made = {
                "refund_id": f"50000{secrets.randbelow(10**23):023}",
                "amount": amount["refund"],
                "status": self.refunds_are,
                "notify_url": str(asked.get("notify_url", "")),
                "at": self.store.clock(),
            }
            order = self._put({**order, "refunds": {**order["refunds"], number: made}})
            self._tell_refund(order, number)
            return public_refund(order, number)

    def finish_refund(self, number: str, status: str) -> None:
        """A bank has decided about a refund, perhaps otherwise than it first said."""
        with self.store.writing():
            order, _ = self.refund_of(number)
            made = {**order["refunds"][number], "status": status}
            self._tell_refund(self._put({**order, "refunds": {**order["refunds"], number: made}}), number)

    def refund_of(self, number: str) -> tuple[Entry, str]:
        for order in self.store.every("order"):
            if number in order["refunds"]:
                return order, number
        raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")

    def _tell_refund(self, order: Entry, number: str) -> None:
        made = order["refunds"][number]
        if made["status"] == "PROCESSING":
            return
        plain = {
            "mchid": self.merchant.mchid,
            "out_trade_no": order["out_trade_no"],
            "transaction_id": order["transaction_id"],
            "out_refund_no": number,
            "refund_id": made["refund_id"],
            "refund_status": made["status"],
            "success_time": china(self.store.clock()).isoformat(timespec="seconds"),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": order["total"],
                "refund": made["amount"],
                "payer_total": order["total"],
                "payer_refund": made["amount"],
            },
        }
        self._tell(made["notify_url"], f"REFUND.{made['status']}", "refund", plain)

    def _tell(self, url: str, event_type: str, original_type: str, plain: dict[str, Any]) -> None:
        number = f"EV-{secrets.token_hex(12)}"
        self.store.tell(url, {"id": number, "event_type": event_type, "original_type": original_type, "plain": plain})

    def movements(self, day: str) -> Iterator[tuple[Entry, str, float]]:
        """Yield (order, refund number or "", when) of everything that moved on a day in China."""
        for order in self.store.every("order"):
            if order["paid_at"] and written(order["paid_at"])[:10] == day:
                yield order, "", order["paid_at"]
            for number, made in order["refunds"].items():
                if written(made["at"])[:10] == day:
                    yield order, number, made["at"]


def _checked(kind: str, asked: Mapping[str, Any], merchant: Merchant) -> tuple[str, int, str]:
    amount = asked.get("amount")
    number, total = str(asked.get("out_trade_no", "")), amount.get("total") if isinstance(amount, dict) else None
    if (asked.get("appid"), asked.get("mchid")) != (merchant.appid, merchant.mchid):
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")
    is_amount = isinstance(total, int) and not isinstance(total, bool) and total > 0
    if not _NUMBER.fullmatch(number) or not is_amount or not asked.get("description"):
        raise Refused(400, "PARAM_ERROR", "参数错误")
    notify = str(asked.get("notify_url", ""))
    if not notify.startswith("http") or "?" in notify:
        raise Refused(400, "PARAM_ERROR", "notify_url 有误")
    if kind == "jsapi" and not (asked.get("payer") or {}).get("openid"):
        raise Refused(400, "PARAM_ERROR", "缺少 openid")
    if kind == "h5" and not (asked.get("scene_info") or {}).get("payer_client_ip"):
        raise Refused(400, "PARAM_ERROR", "缺少 payer_client_ip")
    return number, int(total or 0), str((amount or {}).get("currency") or "CNY")
