"""`python-alipay-sdk`: verifies the stand-in's messages, makes requests, numbers certificates."""

import json
import sys
from urllib.parse import parse_qsl

from alipay import AliPay, DCAliPay

asked = json.load(sys.stdin)
keys = asked["values"]
plain = AliPay(asked["app_id"], "https://shop.example/n", keys["private_key"], keys["alipay_public_key"])
by_certificate = DCAliPay(
    asked["app_id"],
    keys["private_key"],
    keys["app_certificate"],
    keys["alipay_certificate"],
    keys["root_certificate"],
)


def verified(client, fields):
    fields = dict(fields)
    return client.verify(fields, fields.pop("sign"))


def page(client):
    text = client.api_alipay_trade_page_pay("订单 2", "sdk-2", "0.01", "https://shop.example/back")
    return dict(parse_qsl(text))


print(
    json.dumps(
        {
            "messages": [verified(plain, fields) for fields in asked["messages"]],
            "answers": [
                plain._verify_and_return_sync_response(text, "alipay_trade_query_response") for text in asked["answers"]
            ],
            "page": page(plain),
            "page_by_certificate": page(by_certificate),
            "serials": [by_certificate.app_cert_sn, by_certificate.alipay_root_cert_sn],
        }
    )
)
