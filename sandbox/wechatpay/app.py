"""The WSGI application: the signed interface, the shopper's page, who a shopper is, the daily bill."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sandbox.kit.wsgi import Answer, Application, Refused, Request, answer_page, redirect
from sandbox.wallet import rsa
from sandbox.wallet.delivery import Delivery, Post, post
from sandbox.wallet.pages import STYLE, Brand, message_page, payment_page
from sandbox.wallet.store import Store
from sandbox.wechatpay import bill
from sandbox.wechatpay.keys import Merchant, Wallet, seal
from sandbox.wechatpay.orders import CLOSED, OPEN, PAID, Orders, china, public, public_refund, written

BRAND = Brand("wechatpay", "微信支付（练习）", "WeChat Pay (practice)")
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_SECONDS = 300
# The pauses before a message is sent again.
PAUSES = (15.0, 15.0, 30.0, 180.0, 600.0, 1200.0, *(1800.0,) * 3, 3600.0, *(10800.0,) * 3, *(21600.0,) * 2)
_PART = re.compile(r'(\w+)="([^"]*)"')
_ENDS = {"approve": "done", "slow": "processing", "abandon": "left"}


class WeChatPay(Application):
    """`merchant` is whom it serves, `by_certificate`: messages are signed with the platform certificate's serial."""

    style = STYLE

    def __init__(
        self,
        *,
        merchant: Merchant,
        wallet: Wallet,
        public_url: str,
        store: Store | None = None,
        late_seconds: float = 20.0,
        by_certificate: bool = False,
        refunds_are: str = "SUCCESS",
        post: Post = post,
    ) -> None:
        self.merchant, self.wallet, self.public_url = merchant, wallet, public_url.rstrip("/")
        self.by_certificate = by_certificate
        self.store = store or Store()
        self.orders = Orders(self.store, late_seconds, merchant, refunds_are)
        self.key = rsa.private_from(wallet.private_key)
        self.delivery = Delivery(
            self.store,
            make=self.message,
            accepted=lambda status, body: status in {200, 204},
            pauses=PAUSES,
            settle=self.orders.settle,
            post=post,
        )

    def answer(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        match request.method, parts:
            case _, ["pay", code]:
                return self._pay(request, code)
            case "POST", ["bridge"]:
                return self._bridge(request)
            case "GET", ["connect", "oauth2", "authorize"]:
                return self._authorise(request)
            case "GET", ["sns", "oauth2", "access_token"]:
                return self._name(request)
            case _, ["v3", *rest]:
                return self._interface(request, rest)
        raise Refused(404, "not_found")

    def refusal(self, request: Request, refused: Refused) -> Answer:
        if not request.path.startswith("/v3/"):
            return answer_page(refused.status, message_page(BRAND, request.prefix, request.language(), refused.code))
        answer = _json({"code": refused.code, "message": refused.message}, status=refused.status)
        # Who has not proved who they are gets no signature either.
        return answer if refused.status == 401 else self._signed(request, answer)

    # The merchant's half

    def _interface(self, request: Request, parts: list[str]) -> Answer:
        self._authenticate(request)
        answer = self._signed(request, self._called(request, parts))
        self.delivery.wake()
        return answer

    def _authenticate(self, request: Request) -> None:
        schema, _, rest = request.header("authorization", "").partition(" ")
        told = dict(_PART.findall(rest))
        path = f"{request.path}?{request.raw_query}" if request.raw_query else request.path
        signed = f"{request.method}\n{path}\n{told.get('timestamp')}\n{told.get('nonce_str')}\n".encode()
        if schema != SCHEMA or told.get("mchid") != self.merchant.mchid:
            raise Refused(401, "SIGN_ERROR", "商户号与签名不符")
        if told.get("serial_no") != self.merchant.serial:
            raise Refused(401, "SIGN_ERROR", "证书序列号有误")
        key = rsa.public_from(self.merchant.certificate)
        if not rsa.verifies(key, signed + request.body + b"\n", told.get("signature", "")):
            raise Refused(401, "SIGN_ERROR", "签名错误")
        if abs(self.store.clock() - int(told["timestamp"])) >= TOLERANCE_SECONDS:
            raise Refused(401, "SIGN_ERROR", "时间戳已过期")
        if request.header("accept") != "application/json" or not request.header("user-agent"):
            raise Refused(400, "PARAM_ERROR", "Accept and User-Agent are needed.")
        if request.header("wechatpay-serial", self.wallet.public_key_id) != self.wallet.public_key_id:
            raise Refused(400, "PARAM_ERROR", "Wechatpay-Serial 有误")

    def _called(self, request: Request, parts: list[str]) -> Answer:
        match request.method, parts:
            case "POST", ["pay", "transactions", "native" | "jsapi" | "h5" as kind]:
                order = self.orders.open(kind, request.json)
                address = f"{self.public_url}/pay/{order['code']}"
                told = {"native": {"code_url": address}, "jsapi": {"prepay_id": f"wx{order['code']}"}}
                return _json(told.get(kind) or {"h5_url": f"{address}?package={order['code']}"})
            case "GET", ["pay", "transactions", "out-trade-no" | "id" as kind, number]:
                self._same_merchant(request.query.get("mchid"))
                return _json(public(self.orders.known(number, by_id=kind == "id"), self.merchant))
            case "POST", ["pay", "transactions", "out-trade-no", number, "close"]:
                self._same_merchant(request.json.get("mchid"))
                self.orders.close(number)
                return Answer(204)
            case "POST", ["refund", "domestic", "refunds"]:
                return _json(self.orders.refund(request.json))
            case "GET", ["refund", "domestic", "refunds", number]:
                return _json(public_refund(*self.orders.refund_of(number)))
            case "GET", ["certificates"]:
                return self._certificates()
            case "GET", ["bill", "tradebill"]:
                return self._bill_address(request.query)
            case "GET", ["billdownload", "file"]:
                return Answer(200, self._bill(request.query.get("token", "")), "text/plain; charset=utf-8")
        raise Refused(404, "NOT_FOUND", "There is no such call.")

    def _same_merchant(self, mchid: object) -> None:
        if mchid != self.merchant.mchid:
            raise Refused(400, "MCH_NOT_EXISTS", "商户号不存在")

    def _certificates(self) -> Answer:
        begins = china(self.store.clock())
        entry = {
            "serial_no": self.wallet.serial,
            "effective_time": (begins - datetime.timedelta(days=1)).isoformat(timespec="seconds"),
            "expire_time": (begins + datetime.timedelta(days=3650)).isoformat(timespec="seconds"),
            "encrypt_certificate": seal(self.merchant.api_v3_key, self.wallet.certificate.encode(), "certificate"),
        }
        return _json({"data": [entry]})

    def _signed(self, request: Request, answer: Answer) -> Answer:
        wanted = request.header("wechatpay-serial") == self.wallet.public_key_id
        return Answer(
            answer.status,
            answer.body,
            answer.kind,
            [
                *answer.headers,
                *self.signature(answer.body, self.wallet.public_key_id if wanted else self.wallet.serial).items(),
            ],
        )

    def signature(self, body: bytes, serial: str = "", moment: int | None = None) -> dict[str, str]:
        """Return the headers that sign an answer or a message."""
        moment = int(self.store.clock()) if moment is None else moment
        nonce = secrets.token_hex(16)
        default = self.wallet.serial if self.by_certificate else self.wallet.public_key_id
        return {
            "Wechatpay-Timestamp": str(moment),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": rsa.sign(self.key, f"{moment}\n{nonce}\n".encode() + body + b"\n"),
            "Wechatpay-Serial": serial or default,
            "Wechatpay-Signature-Type": SCHEMA,
        }

    # The daily bill

    def _bill_address(self, query: Mapping[str, str]) -> Answer:
        day = query.get("bill_date", "")
        if day >= written(self.store.clock())[:10]:
            raise Refused(400, "STATEMENT_CREATING", "账单生成中")
        content = self._bill(day)
        if not content:
            raise Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        address = f"{self.public_url}/v3/billdownload/file?{urlencode({'token': day})}"
        digest = hashlib.sha1(content).hexdigest()
        return _json({"hash_type": "SHA1", "hash_value": digest, "download_url": address})

    def _bill(self, day: str) -> bytes:
        return bill.table(self.merchant, list(self.orders.movements(day)))

    # The shopper's half

    def _pay(self, request: Request, code: str) -> Answer:
        order = self.orders.opened(code, back=request.query.get("redirect_url", ""), is_h5="package" in request.query)
        if order is None:
            raise Refused(404, "not_found")
        is_open = order["trade_state"] == OPEN and not order["settles_at"]
        if request.method == "POST" and is_open:
            action = request.form.get("action", "")
            if action in {"approve", "slow"}:
                self.orders.pay(order["out_trade_no"], slowly=action == "slow")
                self.delivery.wake()
            if action in _ENDS:
                if order["back"]:
                    return redirect(order["back"])
                return answer_page(200, message_page(BRAND, request.prefix, request.language(), _ENDS[action]))
            return self._ask(request, order, is_declined=action == "decline")
        if is_open:
            return self._ask(request, order)
        ended = {PAID: "done", CLOSED: "closed", OPEN: "processing"}[order["trade_state"]]
        return answer_page(410, message_page(BRAND, request.prefix, request.language(), ended))

    def _ask(self, request: Request, order: Mapping[str, Any], *, is_declined: bool = False) -> Answer:
        page = payment_page(
            BRAND,
            request.prefix,
            request.language(),
            action=f"{request.prefix}{request.path}",
            amount=f"¥{order['total'] // 100}.{order['total'] % 100:02}",
            subject=order["description"],
            is_declined=is_declined,
        )
        return answer_page(402 if is_declined else 200, page, order["back"])

    def _bridge(self, request: Request) -> Answer:
        """What WeChat's browser does with the values that a page hands it: check them, ask, pay."""
        values = request.json
        prepay = str(values.get("package", "")).removeprefix("prepay_id=")
        signed = "".join(f"{values.get(name, '')}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
        key = rsa.public_from(self.merchant.certificate)
        if values.get("signType") != "RSA" or not rsa.verifies(key, signed.encode(), str(values.get("paySign", ""))):
            return _json({"err_msg": "get_brand_wcpay_request:fail"})
        order = self.orders.opened(prepay.removeprefix("wx"))
        if order is None or order["trade_state"] != OPEN or values.get("appId") != self.merchant.appid:
            return _json({"err_msg": "get_brand_wcpay_request:fail"})
        if values.get("answer", "approve") != "approve":
            return _json({"err_msg": "get_brand_wcpay_request:cancel"})
        self.orders.pay(order["out_trade_no"])
        self.delivery.wake()
        return _json({"err_msg": "get_brand_wcpay_request:ok"})

    def _authorise(self, request: Request) -> Answer:
        asked = request.query
        if asked.get("appid") != self.merchant.appid or asked.get("scope") != "snsapi_base":
            raise Refused(400, "other")
        code = secrets.token_hex(16)
        self.store.put("login", code, {"openid": f"o{secrets.token_hex(13)}"})
        back = asked.get("redirect_uri", "")
        joint = "&" if "?" in back else "?"
        return redirect(f"{back}{joint}{urlencode({'code': code, 'state': asked.get('state', '')})}")

    def _name(self, request: Request) -> Answer:
        asked = request.query
        if (asked.get("appid"), asked.get("secret")) != (self.merchant.appid, self.merchant.app_secret):
            return _json({"errcode": 40125, "errmsg": "invalid appsecret"})
        login = self.store.get("login", asked.get("code", ""))
        if login is None or login.get("used"):
            return _json({"errcode": 40029, "errmsg": "invalid code"})
        self.store.put("login", asked["code"], {**login, "used": True})
        return _json(
            {"access_token": "practice", "expires_in": 7200, "openid": login["openid"], "scope": "snsapi_base"}
        )

    # What the merchant is told

    def message(self, url: str, data: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str]]:
        """Return body and headers of one message, sealed and signed now."""
        kind = data["original_type"]
        plain = json.dumps(data["plain"], ensure_ascii=False).encode()
        told = {
            "id": data["id"],
            "create_time": china(self.store.clock()).isoformat(timespec="seconds"),
            "event_type": data["event_type"],
            "resource_type": "encrypt-resource",
            "summary": data["event_type"],
            "resource": {"original_type": kind, **seal(self.merchant.api_v3_key, plain, kind)},
        }
        body = json.dumps(told).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0", "Accept": "*/*"}
        return body, {**headers, **self.signature(body)}


def _json(data: object, *, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data, ensure_ascii=False).encode(), "application/json; charset=utf-8")
