"""Alipay's official SDK and the one that most shops use judge both sides: the plugin and its stand-in."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from duli.commerce.payments.gateway import InvalidSignature
from duli.plugins.outward import client
from duli.plugins.payment_alipay.client import (
    account_of,
    page_url,
    read_answer,
    serial_numbers,
    signed_request,
    verify_message,
)
from sandbox.alipay.app import _raw
from sandbox.wallet import rsa
from tests.judges.asking import ask
from tests.plugins.test_payment_alipay import AlipayProvider, pair

BIZ = {"out_trade_no": "n-1", "total_amount": "129.00", "subject": "订单 1001 & more = all", "note": "a+b/c%20"}
MESSAGE = {
    "app_id": "2021000000000001",
    "notify_id": "x1",
    "out_trade_no": "n-1",
    "passback_params": "a%3D1%26b",
    "subject": "订单 1 + 1 & 2",
    "empty": "",
    "total_amount": "129.00",
}


def bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def pkcs1(pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())).decode()


@pytest.fixture(scope="module")
def provider() -> AlipayProvider:
    return AlipayProvider()


def opens_a_page(provider: AlipayProvider, values: dict[str, str]) -> bool:
    answer = client().get(f"{provider.url}/gateway.do?{urlencode(values)}", follow_redirects=True)
    return answer.status_code == 200 and values["app_id"] == "2021000000000001"


def answers(provider: AlipayProvider) -> list[str]:
    inners = ['{"code":"10000","msg":"Success","subject":"订单 {1} \\"x\\" 中"}', '{"code":"40004","sub_code":"ACQ.X"}']
    name = "alipay.trade.query"
    return [_raw(name, inner, rsa.sign(provider.app.key, inner.encode()), "").body.decode() for inner in inners]


def test_official_sdk(provider: AlipayProvider) -> None:
    account = account_of(provider.config())
    address = page_url(account, "alipay.trade.page.pay", BIZ, notify_url="https://a/n", return_url="https://a/r?x=1")
    requests: list[dict[str, str]] = [
        signed_request(account, "alipay.trade.precreate", BIZ, notify_url="https://a/n"),
        dict(parse_qsl(urlsplit(address).query)),
        {**signed_request(account, "alipay.trade.query", BIZ), "timestamp": "2026-01-01 00:00:00"},
    ]
    texts = answers(provider)
    told: dict[str, Any] = ask(
        "alipay",
        "alipay",
        {
            "app_id": account.app_id,
            "app_private_key": pkcs1(account.private_key),
            "app_public_key": bare(pair()["merchant"]["public_key"]),
            "alipay_public_key": bare(account.public_key),
            "alipay_private_key": pkcs1(pair()["wallet"]["private_key"]),
            "requests": requests,
            "answers": texts,
            "forged": texts[0].replace("10000", "10001"),
            "message": MESSAGE,
        },
    )
    assert told["requests"] == [True, True, False]
    assert not told["forged"]
    # What it reads in the stand-in's answers, we read too.
    assert told["answers"] == [read_answer(account, text, "alipay_trade_query_response") for text in texts]
    assert opens_a_page(provider, told["page"])
    # A message that it signed is believed, and not with one letter changed.
    body = urlencode({**told["message"], "sign_type": "RSA2"}).encode()
    assert verify_message(account, body) == MESSAGE
    with pytest.raises(InvalidSignature):
        verify_message(account, body.replace(b"129.00", b"129.01"))


def test_the_other_sdk(provider: AlipayProvider) -> None:
    account = account_of(provider.config(keys="certificate"))
    message = provider.app.signed(MESSAGE)
    told: dict[str, Any] = ask(
        "alipay-other",
        "alipay_other",
        {
            "app_id": account.app_id,
            "values": pair()["values"],
            "messages": [message, {**message, "total_amount": "1.00"}],
            "answers": answers(provider)[1:],
        },
    )
    assert told["messages"] == [True, False]
    assert told["answers"] == [{"code": "40004", "sub_code": "ACQ.X"}]
    assert told["serials"] == [
        serial_numbers(account.app_certificate),
        serial_numbers(account.root_certificate, is_root=True),
    ]
    assert opens_a_page(provider, told["page"])
    assert opens_a_page(provider, told["page_by_certificate"])
    assert told["page_by_certificate"]["app_cert_sn"] == told["serials"][0]
