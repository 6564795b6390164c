"""`wechatpayv3` against the stand-in's own port, and as a judge of what each side signs and seals."""

import json
import sys

from wechatpayv3 import WeChatPay, WeChatPayType, core
from wechatpayv3.utils import aes_decrypt, load_certificate, rsa_verify

asked = json.load(sys.stdin)
values = asked["values"]


def shop(**changes):
    given = {"public_key": values["public_key"], "public_key_id": values["public_key_id"], **changes}
    made = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=values["mchid"],
        private_key=values["private_key"],
        cert_serial_no=values["serial_no"],
        apiv3_key=values["api_v3_key"],
        appid=values["appid"],
        notify_url="https://shop.example/notify",
        **{name: value for name, value in given.items() if value},
    )
    return made


def at_stand_in(client):
    client._core._gate_way = asked["url"]
    return client


def opened(client, headers, body):
    try:
        return client.callback(headers, body)
    except Exception:
        return None


public = at_stand_in(shop())
answers = [
    public.pay(description="订单 1", out_trade_no="sdk-000001", amount={"total": 12900}),
    public.query(out_trade_no="sdk-000001"),
    public.query(out_trade_no="sdk-999999"),
    public.close(out_trade_no="sdk-000001"),
]

# With platform certificates: the SDK fetches them as it is made, so it has to be sent to the stand-in before that.
real = core.Core._init_certificates
core.Core._init_certificates = lambda self: (setattr(self, "_gate_way", asked["url"]), real(self))
certified = shop(public_key="", public_key_id="")
answers.append(certified.pay(description="订单 2", out_trade_no="sdk-000002", amount={"total": 1}))

certificate = load_certificate(asked["merchant_certificate"]).public_key()
print(
    json.dumps(
        {
            "answers": [[code, json.loads(text) if text else None] for code, text in answers],
            "messages": [opened(public, message["headers"], message["body"]) for message in asked["messages"]],
            "by_certificate": [
                opened(certified, message["headers"], message["body"]) for message in asked["certified"]
            ],
            "requests": [
                rsa_verify(*[request[name] for name in ("timestamp", "nonce", "body", "signature")], certificate)
                for request in asked["requests"]
            ],
            "invoke": public.sign([asked["invoke"][name] for name in ("appId", "timeStamp", "nonceStr", "package")]),
            "decrypted": aes_decrypt(apiv3_key=values["api_v3_key"], **asked["sealed"]),
        }
    )
)
