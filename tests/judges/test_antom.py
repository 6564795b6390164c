"""Antom's official SDK judges both sides: the plugin's requests and the stand-in's messages."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from duli.plugins.outward import client
from duli.plugins.payment_antom.client import account_of, holds, signed_headers
from tests.judges.asking import ask
from tests.plugins.test_payment_antom import AntomProvider, pair

URL = "https://shop.example/payments/antom/webhook"
PATH = "/payments/antom/webhook"


def bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def pkcs1(pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())).decode()


def signed(path: str, headers: Mapping[str, str], body: bytes, *, whole: bool) -> dict[str, str]:
    signature = headers["Signature"]
    return {
        "path": path,
        "client_id": headers["Client-Id"],
        "time": headers["Request-Time"],
        "body": body.decode(),
        "signature": signature if whole else signature.partition("signature=")[2],
    }


def test_the_sdk() -> None:
    provider = AntomProvider()
    account = account_of(provider.config())
    path, body = account.path("inquiryPayment"), '{"paymentRequestId":"无"}'.encode()
    request = signed(path, signed_headers(account, path, body), body, whole=False)
    told, headers = provider.app.message(URL, {"notifyType": "PAYMENT_RESULT", "字": "中"})
    message = signed(PATH, headers, told, whole=True)
    fresh = {"path": path, "client_id": account.client_id, "time": "2026-11-27T04:00:00Z", "body": body.decode()}
    judged = ask(
        "antom",
        "antom",
        {
            "merchant_public_key": bare(pair()["keys"]["public_key"]),
            "merchant_private_key": pkcs1(account.private_key),
            "antom_public_key": bare(account.public_key),
            "antom_private_key": pkcs1(pair()["keys"]["private_key"]),
            "requests": [request, {**request, "body": "{}"}],
            "messages": [message, {**message, "path": "/elsewhere"}],
            "fresh": fresh,
        },
    )
    assert judged["requests"] == [True, False]
    assert judged["messages"] == [True, False]
    # The stand-in takes a request that the SDK signed, and we a message that it signed.
    head = {"Client-Id": account.client_id, "Request-Time": fresh["time"], "Content-Type": "application/json"}
    sdk = {**head, "Signature": f"algorithm=RSA256,keyVersion=1,signature={judged['by_merchant']}"}
    answer = client().post(provider.url + path, content=body, headers=sdk)
    assert answer.json()["result"]["resultCode"] == "ORDER_NOT_EXIST"
    lowered = {
        "client-id": account.client_id,
        "request-time": fresh["time"],
        "signature": f"algorithm=RSA256,keyVersion=1,signature={judged['by_antom']}",
    }
    assert holds(account, path, lowered, "request-time", body)
    assert not holds(account, PATH, lowered, "request-time", body)
