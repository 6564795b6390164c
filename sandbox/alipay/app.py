"""The WSGI application: the signed gateway, the cashier, the daily bill."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.alipay import bill, trades
from sandbox.alipay.keys import Merchant, Wallet
from sandbox.alipay.trades import CLOSED, FINISHED, PAID, WAITING, Failure, Trades
from sandbox.kit.wsgi import Answer, Application, Refused, Request, answer_page, redirect
from sandbox.wallet import rsa
from sandbox.wallet.delivery import Delivery, Post, post
from sandbox.wallet.pages import STYLE, Brand, message_page, payment_page
from sandbox.wallet.store import Store

BRAND = Brand("alipay", "支付宝（练习）", "Alipay (practice)")
# The pauses before a message is sent again.
PAUSES = (240.0, 600.0, 600.0, 3600.0, 7200.0, 21600.0, 54000.0)
PAGES = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY", "alipay.trade.wap.pay": "QUICK_WAP_PAY"}
_STATUS_OF_ACTION = {"slow": "processing", "abandon": "left", "approve": "done"}


class Alipay(Application):
    """`merchant` is whom it serves, `wallet` its own keys, `late_seconds` how long a slow bank takes."""

    style = STYLE

    def __init__(
        self,
        *,
        merchant: Merchant,
        wallet: Wallet,
        public_url: str,
        store: Store | None = None,
        late_seconds: float = 20.0,
        post: Post = post,
    ) -> None:
        self.merchant, self.wallet, self.public_url = merchant, wallet, public_url.rstrip("/")
        self.store = store or Store()
        self.trades = Trades(self.store, late_seconds)
        self.key = rsa.private_from(wallet.private_key)
        self.delivery = Delivery(
            self.store,
            make=self.message,
            accepted=lambda status, body: 200 <= status < 300 and body == b"success",
            pauses=PAUSES,
            settle=self.trades.settle,
            post=post,
        )

    # The merchant's half

    def answer(self, request: Request) -> Answer:
        match request.path.strip("/").split("/"):
            case ["gateway.do"]:
                return self._gateway(request)
            case ["bill", day] if request.method == "GET":
                return self._bill(request, day)
            case ["qr" | "cashier", code]:
                return self._cashier(request, code)
        raise Refused(404, "not_found")

    def refusal(self, request: Request, refused: Refused) -> Answer:
        return answer_page(refused.status, message_page(BRAND, request.prefix, request.language(), refused.code))

    def _gateway(self, request: Request) -> Answer:
        values = {**request.query, **(request.form if request.method == "POST" else {})}
        method = values.get("method", "")
        problem = self._problem(values)
        if method in PAGES:
            return self._open_page(request, values) if not problem else self._page_problem(request, problem)
        if problem:
            # Who has not proved who they are gets no signature either.
            return _raw(method, json.dumps(problem, ensure_ascii=False), "", "")
        try:
            biz = json.loads(values.get("biz_content") or "{}")
            call = self._calls()[method]
            answer = {"code": "10000", "msg": "Success", **call(biz, values)}
        except Failure as failure:
            answer = {"code": "40004", "msg": "Business Failed", "sub_code": failure.code, "sub_msg": failure.message}
        except (KeyError, ValueError, TypeError):
            answer = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-parameter"}
        self.delivery.wake()
        inner = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        serial = self.wallet.certificate_serial if "app_cert_sn" in values else ""
        return _raw(method, inner, rsa.sign(self.key, inner.encode()), serial)

    def _problem(self, values: Mapping[str, str]) -> dict[str, str]:
        """Check who asks. Everything but the signature itself is signed, in order, as it was before the encoding."""

        def refused(code: str, words: str) -> dict[str, str]:
            return {"code": "40002", "msg": "Invalid Arguments", "sub_code": code, "sub_msg": words}

        if values.get("app_id") != self.merchant.app_id:
            return refused("isv.invalid-app-id", "无效的AppID参数")
        if values.get("sign_type") != "RSA2" or values.get("version") != "1.0":
            return refused("isv.invalid-signature-type", "无效的签名类型")
        with_certificate = "app_cert_sn" in values
        if with_certificate and (
            values["app_cert_sn"] != self._app_serial() or values.get("alipay_root_cert_sn") != self.wallet.root_serial
        ):
            return refused("isv.invalid-app-cert-sn", "应用公钥证书SN不匹配")
        signed = "&".join(f"{name}={value}" for name, value in sorted(values.items()) if name != "sign" and value)
        key = self.merchant.app_certificate if with_certificate else self.merchant.public_key
        if not rsa.verifies(rsa.public_from(key), signed.encode(), values.get("sign", "")):
            return refused("isv.invalid-signature", "无效签名")
        return {}

    def _app_serial(self) -> str:
        from cryptography import x509

        from sandbox.alipay.keys import serial_of

        return serial_of(x509.load_pem_x509_certificate(self.merchant.app_certificate.encode()))

    def _calls(self) -> dict[str, Callable[[Any, Mapping[str, str]], dict[str, Any]]]:
        return {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": lambda biz, values: trades.public(self.trades.known(biz)),
            "alipay.trade.close": lambda biz, values: self.trades.close(biz),
            "alipay.trade.cancel": lambda biz, values: self.trades.cancel(biz),
            "alipay.trade.refund": lambda biz, values: self.trades.refund(biz),
            "alipay.trade.fastpay.refund.query": lambda biz, values: self.trades.refund_of(biz),
            "alipay.data.dataservice.bill.downloadurl.query": self._bill_address,
        }

    def _precreate(self, biz: Any, values: Mapping[str, str]) -> dict[str, Any]:
        trade = self.trades.prepare(biz, values, "FACE_TO_FACE_PAYMENT")
        return {"out_trade_no": trade["out_trade_no"], "qr_code": f"{self.public_url}/qr/{trade['code']}"}

    def _open_page(self, request: Request, values: Mapping[str, str]) -> Answer:
        biz = json.loads(values.get("biz_content") or "{}")
        if biz.get("product_code") != PAGES[values["method"]]:
            return self._page_problem(request, {"sub_code": "isv.invalid-parameter"})
        try:
            trade = self.trades.prepare(biz, values, biz["product_code"])
        except (Failure, KeyError, ValueError, TypeError):
            return self._page_problem(request, {"sub_code": "ACQ.INVALID_PARAMETER"})
        return redirect(f"{self.public_url}/cashier/{trade['code']}")

    def _page_problem(self, request: Request, problem: Mapping[str, str]) -> Answer:
        return answer_page(400, message_page(BRAND, request.prefix, request.language(), problem["sub_code"]))

    # The daily bill

    def _bill_address(self, biz: Any, values: Mapping[str, str]) -> dict[str, Any]:
        day = datetime.date.fromisoformat(str(biz["bill_date"])).isoformat()
        if biz.get("bill_type") not in {"trade", "signcustomer"}:
            raise Failure("isv.invalid-parameter")
        if day >= trades.china(self.store.clock()).date().isoformat():
            raise Failure("isp.bill_not_exist", "账单未生成")
        proof = rsa.sign(self.key, day.encode())
        return {"bill_download_url": f"{self.public_url}/bill/{day}?{urlencode({'sign': proof})}"}

    def _bill(self, request: Request, day: str) -> Answer:
        if not rsa.verifies(self.key.public_key(), day.encode(), request.query.get("sign", "")):
            raise Refused(403, "forbidden")
        content = bill.archive(day, self.merchant.seller_id, self.trades.movements(day))
        return Answer(200, content, "application/zip")

    # The shopper's half

    def _cashier(self, request: Request, code: str) -> Answer:
        trade = self.trades.opened(code)
        if trade is None:
            raise Refused(404, "not_found")
        back = trade["return_url"]
        if request.method == "POST" and trade["status"] == WAITING and not trade["settles_at"]:
            action = request.form.get("action", "")
            if action in {"approve", "slow"}:
                trade = self.trades.pay(trade["out_trade_no"], slowly=action == "slow")
                self.delivery.wake()
            if action in _STATUS_OF_ACTION:
                return self._return(request, trade, action)
            if action == "decline":
                return self._ask(request, trade, is_declined=True)
        if trade["status"] == WAITING and not trade["settles_at"]:
            return self._ask(request, trade)
        ended = {PAID: "done", FINISHED: "done", CLOSED: "closed", WAITING: "processing"}[trade["status"]]
        return answer_page(410, message_page(BRAND, request.prefix, request.language(), ended), back)

    def _ask(self, request: Request, trade: Mapping[str, Any], *, is_declined: bool = False) -> Answer:
        page = payment_page(
            BRAND,
            request.prefix,
            request.language(),
            action=f"{request.prefix}{request.path}",
            amount=f"¥{trade['total_amount']}",
            subject=trade["subject"],
            is_declined=is_declined,
        )
        return answer_page(402 if is_declined else 200, page, trade["return_url"], trade["quit_url"])

    def _return(self, request: Request, trade: Mapping[str, Any], action: str) -> Answer:
        """Send the shopper back; what stands in the address is signed, and still for display only."""
        if not trade["return_url"]:
            return answer_page(200, message_page(BRAND, request.prefix, request.language(), _STATUS_OF_ACTION[action]))
        if action == "abandon":
            return redirect(trade["quit_url"] or trade["return_url"])
        fields = {
            "app_id": self.merchant.app_id,
            "charset": "utf-8",
            "method": f"alipay.trade.{'wap' if trade['product_code'] == 'QUICK_WAP_PAY' else 'page'}.pay.return",
            "out_trade_no": trade["out_trade_no"],
            "seller_id": self.merchant.seller_id,
            "timestamp": trades.written(self.store.clock()),
            "total_amount": trade["total_amount"],
            "trade_no": trade["trade_no"],
            "version": "1.0",
        }
        joint = "&" if "?" in trade["return_url"] else "?"
        return redirect(trade["return_url"] + joint + urlencode(self.signed(fields)))

    # What the merchant is told

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Add the signature over all fields, sorted; neither `sign` nor `sign_type` is part of what is signed."""
        text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return {**fields, "sign_type": "RSA2", "sign": rsa.sign(self.key, text.encode())}

    def message(self, url: str, data: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
        """Return body and headers of one notification."""
        fields = {**data, "app_id": self.merchant.app_id, "seller_id": self.merchant.seller_id}
        body = urlencode(self.signed(fields), quote_via=quote).encode()
        return body, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "practice/1"}


def _raw(method: str, inner: str, signature: str, serial: str) -> Answer:
    """Write the answer by hand: what is signed is the text of the inner object, byte by byte."""
    name = method.replace(".", "_") + "_response" if method else "error_response"
    extra = f',"alipay_cert_sn":"{serial}"' if serial else ""
    sign = f',"sign":"{signature}"' if signature else ""
    return Answer(200, f'{{"{name}":{inner}{sign}{extra}}}'.encode(), "application/json; charset=utf-8")
