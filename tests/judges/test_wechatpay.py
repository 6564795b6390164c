"""`wechatpayv3` judges both sides: it pays at the stand-in, opens its messages, and checks what the plugin signs."""

from __future__ import annotations

import json
import re
from typing import Any

from duli.plugins.payment_wechatpay.client import authorization, invoke_values
from sandbox.wechatpay.keys import seal
from tests.judges.asking import ask
from tests.plugins.test_payment_wechatpay import WeChatProvider, pair

_PART = re.compile(r'(\w+)="([^"]*)"')


def request(provider: WeChatProvider, method: str, path: str, body: str) -> dict[str, str]:
    """Return what the plugin signs as the SDK's own check wants it: method and path belong to its first line."""
    told = dict(_PART.findall(authorization(provider.account(), method, path, body.encode())))
    return {
        "timestamp": f"{method}\n{path}\n{told['timestamp']}",
        "nonce": told["nonce_str"],
        "body": body,
        "signature": told["signature"],
    }


def message(provider: WeChatProvider, *, spoilt: bool = False) -> dict[str, Any]:
    plain = {"out_trade_no": "n-1", "amount": {"total": 12900}, "字": "中"}
    told = {"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "original_type": "transaction", "plain": plain}
    body, headers = provider.app.message("https://shop.example/notify", told)
    text = body.decode()
    return {"headers": dict(headers), "body": text.replace("EV-1", "EV-2") if spoilt else text}


def test_the_sdk() -> None:
    certified = WeChatProvider(by_certificate=True)
    by_certificate = [message(certified), message(certified, spoilt=True)]
    provider = WeChatProvider()
    account = provider.account()
    good = request(provider, "POST", "/v3/pay/transactions/native", '{"a":"中"}')
    invoke = invoke_values(account, "wx123")
    sealed = seal(account.api_v3_keys[0], "中文".encode(), "x")
    told = ask(
        "wechatpay",
        "wechatpay",
        {
            "url": provider.url,
            "values": pair()["values"],
            "merchant_certificate": pair()["merchant"]["certificate"],
            "messages": [message(provider), message(provider, spoilt=True)],
            "certified": by_certificate,
            "requests": [good, request(provider, "GET", "/v3/x?mchid=1", ""), {**good, "body": "{}"}],
            "invoke": invoke,
            "sealed": {name: sealed[name] for name in ("nonce", "ciphertext", "associated_data")},
        },
    )
    codes = [code for code, _ in told["answers"]]
    assert codes == [200, 200, 404, 204, 200], json.dumps(told["answers"])
    assert told["answers"][1][1]["trade_state"] == "NOTPAY"
    assert told["answers"][2][1]["code"] == "ORDER_NOT_EXIST"
    assert [opened and opened["resource"]["amount"]["total"] for opened in told["messages"]] == [12900, None]
    assert [opened and opened["resource"]["字"] for opened in told["by_certificate"]] == ["中", None]
    assert told["requests"] == [True, True, False]
    assert told["invoke"] == invoke["paySign"]
    assert told["decrypted"] == "中文"
