"""The WSGI application: one address for all calls, as over there, and the files of what was issued."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.kit.store import Document, Store
from sandbox.kit.wsgi import Answer, Application, Request, answer_json

TOLERANCE_SECONDS = 600
PDF = b"%PDF-1.4\n%practice\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


@dataclass(frozen=True)
class Account:
    """What one company has there."""

    app_key: str
    app_secret: str
    token: str
    tax_number: str


class Nuonuo(Application):
    """A fapiao is ready at the second question. Buyers called "…拒绝" are refused, "…丢失" get no answer at first."""

    def __init__(self, account: Account, store: Store, public_url: str) -> None:
        self.account, self.store, self.public_url = account, store, public_url

    def answer(self, request: Request) -> Answer:
        if request.parts[0] == "files" and request.method == "GET":
            return Answer(200, PDF, "application/pdf")
        problem = self._problem(request)
        if problem:
            return answer_json(200, {"code": problem[0], "describe": problem[1]})
        try:
            content = json.loads(request.body)
        except ValueError:
            return answer_json(200, {"code": "E9001", "describe": "报文格式错误"})
        method = request.header("method")
        if method == "nuonuo.OpeMplatform.requestBillingNew":
            return self._take(content.get("order") or {})
        if method == "nuonuo.OpeMplatform.queryInvoiceResult":
            return self._find(content.get("orderNos") or [])
        return answer_json(200, {"code": "070103", "describe": "方法不存在"})

    def _problem(self, request: Request) -> tuple[str, str] | None:
        query, account = request.query, self.account
        if query.get("appkey") != account.app_key:
            return "070101", "appkey 无效"
        text = "&".join(
            [
                "a=services&l=v1&p=open",
                f"k={query['appkey']}",
                f"i={query.get('senid', '')}",
                f"n={query.get('nonce', '')}",
                f"t={query.get('timestamp', '')}",
                f"f={request.body.decode()}",
            ]
        )
        digest = hmac.new(account.app_secret.encode(), text.encode(), hashlib.sha1).digest()
        if not hmac.compare_digest(base64.b64encode(digest).decode(), request.header("x-nuonuo-sign")):
            return "070301", "签名错误"
        if abs(int(query["timestamp"]) - self.store.clock()) > TOLERANCE_SECONDS:
            return "070302", "请求已过期"
        if request.header("accesstoken") != account.token or request.header("usertax") != account.tax_number:
            return "070304", "accessToken 无效"
        return None

    def _take(self, order: dict[str, Any]) -> Answer:
        key, lines = str(order.get("orderNo") or ""), order.get("invoiceDetail") or []
        if not key or not lines or order.get("salerTaxNum") != self.account.tax_number or not order.get("buyerName"):
            return answer_json(200, {"code": "E9101", "describe": "必填项为空"})
        if order.get("invoiceLine") == "bs" and not order.get("buyerTaxNum"):
            return answer_json(200, {"code": "E9102", "describe": "专票购方税号不能为空"})
        for line in lines:
            gross = Decimal(line["price"]) * Decimal(line["num"])
            if abs(gross - Decimal(line["taxIncludedAmount"])) > Decimal("0.01") or len(line["goodsCode"]) != 19:
                return answer_json(200, {"code": "E9103", "describe": "明细金额或商品编码不正确"})
        if self.store.get("paper", key):
            return answer_json(200, {"code": "E9106", "describe": "订单编号已存在"})
        number = f"26{int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**18:018}"
        paper = {"id": key, "order": order, "number": number, "questions": 0, "taken_at": self.store.clock()}
        self.store.put("paper", paper)
        if order["buyerName"].endswith("丢失"):
            return Answer(502, b"<html>", "text/html")
        result = {"invoiceSerialNum": number[::-1]}
        return answer_json(200, {"code": "E0000", "describe": "开票提交成功", "result": result})

    def _find(self, keys: list[str]) -> Answer:
        papers = [paper for key in keys if (paper := self.store.get("paper", str(key)))]
        if not papers:
            return answer_json(200, {"code": "E9500", "describe": "查无此单"})
        return answer_json(200, {"code": "E0000", "describe": "成功", "result": [self._row(paper) for paper in papers]})

    def _row(self, paper: Document) -> Document:
        paper["questions"] += 1
        self.store.put("paper", paper)
        if paper.get("tried_again"):
            return self._issued(paper)
        row = {"orderNo": paper["id"], "serialNo": paper["number"][::-1]}
        if paper["questions"] < 2:
            return {**row, "status": "20", "statusMsg": "开票中"}
        if paper["order"]["buyerName"].endswith("拒绝"):
            return {**row, "status": "22", "statusMsg": "开票失败", "failCause": "购方税号与名称不符"}
        return self._issued(paper)

    def try_again(self, key: str) -> None:
        """Issue what was refused, as its people do on the service's own pages (重新开票)."""
        self.store.put("paper", {**(self.store.get("paper", key) or {}), "tried_again": True})

    def _issued(self, paper: Document) -> Document:
        return {
            "orderNo": paper["id"],
            "serialNo": paper["number"][::-1],
            "status": "2",
            "statusMsg": "开票完成",
            "allElectronicInvoiceNumber": paper["number"],
            "invoiceTime": int(self.store.clock() * 1000),
            "pdfUrl": f"{self.public_url}/files/{paper['number']}.pdf",
        }


def create_app(account: Account, *, public_url: str, path: str = ":memory:") -> Nuonuo:
    return Nuonuo(account, Store(path), public_url)
