"""The WSGI application: the signed interface for merchants and the page for shoppers."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote_plus, unquote_plus, urlsplit

from sandbox.card_page.pages import amount_text
from sandbox.kit.wsgi import Answer, Application, Refused, Request, answer_page, redirect
from sandbox.wallet import rsa
from sandbox.wallet.delivery import Delivery, Post, post
from sandbox.wallet.pages import STYLE, Brand, message_page, payment_page
from sandbox.wallet.store import Entry, Store

BRAND = Brand("antom", "Alipay+（练习）", "Alipay+ (practice)")
PAUSES = (120.0, 600.0, 600.0, 3600.0, 7200.0, 21600.0, 54000.0)
_PREFIX = ("ams", "sandbox", "api", "v1", "payments")
CHINA = timezone(timedelta(hours=8))
_REPORT = (
    "customerId",
    "transactionId",
    "originalTransactionId",
    "transactionRequestId",
    "transactionType",
    "transactionTime",
    "transactionAmountValue",
    "transactionCurrency",
)
_ENDS = {"SUCCESS": "done", "FAIL": "declined", "CANCELLED": "closed", "PROCESSING": "processing"}


@dataclass(frozen=True)
class Keys:
    """`public_key` is the merchant's, `private_key` Antom's (PEM)."""

    client_id: str
    public_key: str
    private_key: str


def new_pair(client_id: str = "SANDBOX_5Y00000000000001") -> dict[str, Any]:
    """Make both sides' keys: "keys" for the stand-in, "values" for the merchant's settings."""
    own, antom = rsa.new_key(), rsa.new_key()
    return {
        "keys": asdict(Keys(client_id, rsa.public_pem(own), rsa.private_pem(antom))),
        "values": {
            "client_id": client_id,
            "private_key": rsa.private_pem(own),
            "public_key": rsa.public_pem(antom),
        },
    }


class Failure(Exception):
    def __init__(self, code: str, status: str = "F") -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Antom(Application):
    """`refunds_are` is how a refund begins: SUCCESS, or PROCESSING until `finish_refund`."""

    style = STYLE

    def __init__(
        self,
        *,
        keys: Keys,
        public_url: str,
        store: Store | None = None,
        late_seconds: float = 20.0,
        refunds_are: str = "SUCCESS",
        post: Post = post,
    ) -> None:
        self.keys, self.public_url, self.late_seconds = keys, public_url.rstrip("/"), late_seconds
        self.refunds_are = refunds_are
        self.store = store or Store()
        self.key = rsa.private_from(keys.private_key)
        self.delivery = Delivery(
            self.store,
            make=self.message,
            accepted=lambda status, body: 200 <= status < 300 and b'"SUCCESS"' in body,
            pauses=PAUSES,
            settle=self.settle,
            post=post,
        )

    def answer(self, request: Request) -> Answer:
        match tuple(request.path.strip("/").split("/")):
            case (*prefix, name) if tuple(prefix) == _PREFIX and request.method == "POST":
                return self._interface(request, str(name))
            case ("pay", code):
                return self._page(request, code)
        raise Refused(404, "not_found")

    def refusal(self, request: Request, refused: Refused) -> Answer:
        return answer_page(refused.status, message_page(BRAND, request.prefix, request.language(), refused.code))

    # The merchant's half

    def _interface(self, request: Request, name: str) -> Answer:
        sent = request.header("signature", "")
        signature = unquote_plus(sent.rpartition("signature=")[2])
        client_id, moment = request.header("client-id", ""), request.header("request-time", "")
        text = f"POST {request.path}\n{client_id}.{moment}.".encode() + request.body
        is_known = client_id == self.keys.client_id and sent.startswith("algorithm=RSA256,keyVersion=")
        if not is_known or not rsa.verifies(rsa.public_from(self.keys.public_key), text, signature):
            return _plain(_result("F", "INVALID_SIGNATURE"))
        calls = {
            "pay": self._pay,
            "inquiryPayment": self._inquire,
            "cancel": self._cancel,
            "refund": self._refund,
            "inquiryRefund": self._inquire_refund,
        }
        try:
            with self.store.writing():
                told = calls[name](request.json)
        except Failure as failure:
            told = _result(failure.status, failure.code)
        except (KeyError, TypeError, ValueError):
            told = _result("F", "PARAM_ILLEGAL")
        self.delivery.wake()
        body = json.dumps(told, ensure_ascii=False).encode()
        return Answer(
            200, body, "application/json; charset=UTF-8", [*self._headers(request.path, body, "Response-Time").items()]
        )

    def _headers(self, path: str, body: bytes, time_name: str, client_id: str = "") -> dict[str, str]:
        client_id = client_id or self.keys.client_id
        moment = _written(self.store.clock())
        signature = rsa.sign(self.key, f"POST {path}\n{client_id}.{moment}.".encode() + body)
        return {
            "Client-Id": client_id,
            time_name: moment,
            "Signature": f"algorithm=RSA256,keyVersion=1,signature={quote_plus(signature)}",
        }

    def _pay(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        number, amount = str(asked["paymentRequestId"]), dict(asked["paymentAmount"])
        if asked["productCode"] != "CASHIER_PAYMENT" or not isinstance(amount["value"], str):
            raise Failure("PARAM_ILLEGAL")
        if not 0 < len(number) <= 64 or int(amount["value"]) <= 0 or amount != asked["order"]["orderAmount"]:
            raise Failure("PARAM_ILLEGAL")
        payment = self._find(number)
        if payment is None:
            code = secrets.token_urlsafe(12)
            self.store.put("code", code, {"number": number})
            payment = {
                "paymentRequestId": number,
                "paymentId": f"{datetime.now(UTC):%Y%m%d}{secrets.randbelow(10**24):024}",
                "paymentAmount": amount,
                "paymentStatus": "PROCESSING",
                "description": str(asked["order"]["orderDescription"]),
                "notify": str(asked.get("paymentNotifyUrl", "")),
                "back": str(asked.get("paymentRedirectUrl", "")),
                "expires": asked.get("paymentExpiryTime"),
                "code": code,
                "settles_at": None,
                "refunds": {},
            }
            self._put(payment)
        elif payment["paymentAmount"] != amount:
            raise Failure("REPEAT_REQ_INCONSISTENT")
        if payment["paymentStatus"] != "PROCESSING":
            raise Failure("ORDER_STATUS_INVALID")
        return {
            **_result("U", "PAYMENT_IN_PROCESS"),
            "paymentRequestId": number,
            "paymentId": payment["paymentId"],
            "paymentAmount": amount,
            "normalUrl": f"{self.public_url}/pay/{payment['code']}",
        }

    def _put(self, payment: Entry) -> Entry:
        return self.store.put("payment", payment["paymentRequestId"], payment)

    def _find(self, number: str) -> Entry | None:
        payment = self.store.get("payment", number)
        if payment is None or payment["paymentStatus"] != "PROCESSING":
            return payment
        if payment["settles_at"]:
            return self._end(payment, "SUCCESS") if payment["settles_at"] <= self.store.clock() else payment
        expires = payment["expires"]
        if expires and datetime.fromisoformat(expires).timestamp() <= self.store.clock():
            return self._end(payment, "CANCELLED")
        return payment

    def _known(self, number: object) -> Entry:
        payment = self._find(str(number))
        if payment is None:
            raise Failure("ORDER_NOT_EXIST")
        return payment

    def _inquire(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        payment = self._known(asked["paymentRequestId"])
        names = ("paymentRequestId", "paymentId", "paymentAmount", "paymentStatus")
        told = {**_result("S", "SUCCESS"), **{name: payment[name] for name in names}}
        return {**told, "paymentResultCode": "RISK_REJECT"} if payment["paymentStatus"] == "FAIL" else told

    def _cancel(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        payment = self._known(asked["paymentRequestId"])
        if payment["settles_at"]:
            raise Failure("PAYMENT_IN_PROCESS", "U")
        if payment["paymentStatus"] == "SUCCESS":
            raise Failure("ORDER_STATUS_INVALID")
        if payment["paymentStatus"] == "PROCESSING":
            self._end(payment, "CANCELLED")
        return {**_result("S", "SUCCESS"), "paymentRequestId": payment["paymentRequestId"]}

    def _refund(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        number, amount = str(asked["refundRequestId"]), dict(asked["refundAmount"])
        found = [payment for payment in self.store.every("payment") if payment["paymentId"] == asked["paymentId"]]
        if not found:
            raise Failure("ORDER_NOT_EXIST")
        payment = found[0]
        made = payment["refunds"].get(number)
        if made is not None and made["refundAmount"] != amount:
            raise Failure("REPEAT_REQ_INCONSISTENT")
        if made is None:
            back = sum(
                int(other["refundAmount"]["value"])
                for other in payment["refunds"].values()
                if other["refundStatus"] != "FAIL"
            )
            left = int(payment["paymentAmount"]["value"]) - back
            if payment["paymentStatus"] != "SUCCESS":
                raise Failure("ORDER_STATUS_INVALID")
            if not 0 < int(amount["value"]) <= left or amount["currency"] != payment["paymentAmount"]["currency"]:
                raise Failure("REFUND_AMOUNT_EXCEED")
            made = {
                "refundRequestId": number,
                "refundId": f"R{secrets.randbelow(10**24):024}",
                "refundAmount": amount,
                "refundStatus": self.refunds_are,
                "notify": str(asked.get("refundNotifyUrl", "")),
            }
            self._put({**payment, "refunds": {**payment["refunds"], number: made}})
            self._tell_refund(made)
        result = _result("S", "SUCCESS") if made["refundStatus"] == "SUCCESS" else _result("U", "REFUND_IN_PROCESS")
        return {**result, **{name: made[name] for name in ("refundRequestId", "refundId", "refundAmount")}}

    def _inquire_refund(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        _, made = self._refund_of(str(asked["refundRequestId"]))
        names = ("refundRequestId", "refundId", "refundAmount", "refundStatus")
        return {**_result("S", "SUCCESS"), **{name: made[name] for name in names}}

    def _refund_of(self, number: str) -> tuple[Entry, Entry]:
        for payment in self.store.every("payment"):
            if number in payment["refunds"]:
                return payment, payment["refunds"][number]
        raise Failure("REFUND_NOT_EXIST")

    def finish_refund(self, number: str, status: str) -> None:
        """A wallet has decided about a refund, perhaps otherwise than it first said."""
        with self.store.writing():
            payment, made = self._refund_of(number)
            made = {**made, "refundStatus": status}
            self._put({**payment, "refunds": {**payment["refunds"], number: made}})
            self._tell_refund(made)

    def report(self) -> bytes:
        """Return the transaction details that the dashboard hands out, here of all days in one file."""
        written = io.StringIO()
        table = csv.writer(written)
        table.writerow(_REPORT)
        for payment in self.store.every("payment"):
            if payment["paymentStatus"] != "SUCCESS":
                continue
            paid, number = payment["paymentAmount"], payment["paymentId"]
            table.writerow(self._row("PAYMENT", number, "", payment["paymentRequestId"], paid))
            for refund in payment["refunds"].values():
                if refund["refundStatus"] == "SUCCESS":
                    names = (refund["refundId"], number, refund["refundRequestId"])
                    table.writerow(self._row("REFUND", *names, refund["refundAmount"]))
        table.writerow(["<END>"])
        return written.getvalue().encode("utf-8-sig")

    def _row(self, kind: str, name: str, original: str, asked: str, amount: Mapping[str, Any]) -> list[str]:
        moment = datetime.fromtimestamp(self.store.clock(), CHINA).isoformat(timespec="seconds")
        value = f"{int(amount['value']) / 100:.2f}"
        return [self.keys.client_id, name, original, asked, kind, moment, value, amount["currency"]]

    # What the merchant is told

    def _end(self, payment: Entry, status: str) -> Entry:
        ended = self._put({**payment, "paymentStatus": status, "settles_at": None})
        if status in {"SUCCESS", "FAIL"}:
            result = _result("S", "SUCCESS") if status == "SUCCESS" else _result("F", "RISK_REJECT")
            told = {name: payment[name] for name in ("paymentRequestId", "paymentId", "paymentAmount")}
            moment = _written(self.store.clock())
            self.store.tell(
                payment["notify"], {"notifyType": "PAYMENT_RESULT", **result, **told, "paymentTime": moment}
            )
        return ended

    def _tell_refund(self, made: Entry) -> None:
        if made["refundStatus"] == "PROCESSING":
            return
        names = ("refundRequestId", "refundId", "refundAmount", "refundStatus")
        told = {**_result("S", "SUCCESS"), **{name: made[name] for name in names}}
        self.store.tell(made["notify"], {"notifyType": "REFUND_RESULT", **told})

    def message(self, url: str, data: Mapping[str, Any], client_id: str = "") -> tuple[bytes, Mapping[str, str]]:
        """Return body and headers of one message, signed now for the merchant's own path."""
        body = json.dumps(data, ensure_ascii=False).encode()
        headers = self._headers(urlsplit(url).path, body, "Request-Time", client_id)
        return body, {"Content-Type": "application/json; charset=UTF-8", **headers}

    def settle(self) -> float | None:
        """Let slow wallets decide whose time has come; return when the next one does."""
        with self.store.writing():
            slow = [
                self._find(entry["paymentRequestId"]) for entry in self.store.every("payment") if entry["settles_at"]
            ]
        return min((entry["settles_at"] for entry in slow if entry and entry["settles_at"]), default=None)

    # The shopper's half

    def _page(self, request: Request, code: str) -> Answer:
        named = self.store.get("code", code)
        with self.store.writing():
            payment = self._find(named["number"]) if named else None
        if payment is None:
            raise Refused(404, "not_found")
        is_open = payment["paymentStatus"] == "PROCESSING" and not payment["settles_at"]
        if request.method == "POST" and is_open:
            return self._pressed(request, payment, request.form.get("action", ""))
        if is_open:
            amount = payment["paymentAmount"]
            page = payment_page(
                BRAND,
                request.prefix,
                request.language(),
                action=f"{request.prefix}{request.path}",
                amount=amount_text(int(amount["value"]), amount["currency"]),
                subject=payment["description"],
            )
            return answer_page(200, page, payment["back"])
        page = message_page(BRAND, request.prefix, request.language(), _ENDS[payment["paymentStatus"]])
        return answer_page(410, page)

    def _pressed(self, request: Request, payment: Entry, action: str) -> Answer:
        with self.store.writing():
            if action == "approve":
                self._end(payment, "SUCCESS")
            elif action == "decline":
                self._end(payment, "FAIL")
            elif action == "slow":
                self._put({**payment, "settles_at": self.store.clock() + self.late_seconds})
        self.delivery.wake()
        if action == "decline":
            return answer_page(402, message_page(BRAND, request.prefix, request.language(), "declined"))
        return redirect(payment["back"])


def _result(status: str, code: str) -> dict[str, Any]:
    return {"result": {"resultCode": code, "resultStatus": status, "resultMessage": code.lower()}}


def _plain(told: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps(told).encode(), "application/json; charset=UTF-8")


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
