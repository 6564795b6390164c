"""The official `alipay-sdk-python`: verifies our requests, makes its own, reads the stand-in's answers."""

import json
import sys
from urllib.parse import parse_qsl, urlsplit

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.domain.AlipayTradePagePayModel import AlipayTradePagePayModel
from alipay.aop.api.request.AlipayTradePagePayRequest import AlipayTradePagePayRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, sign_with_rsa2, verify_with_rsa

asked = json.load(sys.stdin)


def holds(call):
    try:
        return bool(call())
    except Exception:
        return False


def verified(values, key):
    values = dict(values)
    sign = values.pop("sign")
    return holds(lambda: verify_with_rsa(key, get_sign_content(values).encode(), sign))


config = AlipayClientConfig()
config.app_id = asked["app_id"]
config.server_url = "https://openapi.alipay.com/gateway.do"
config.app_private_key = asked["app_private_key"]
config.alipay_public_key = asked["alipay_public_key"]
client = DefaultAlipayClient(config)
read = client._DefaultAlipayClient__parse_response

model = AlipayTradePagePayModel()
model.out_trade_no, model.total_amount, model.subject = "sdk-1", "12.30", "订单 1"
model.product_code = "FAST_INSTANT_TRADE_PAY"
request = AlipayTradePagePayRequest(biz_model=model)
request.notify_url = "https://shop.example/notify"
page = client.page_execute(request, http_method="GET")

message = asked["message"]
print(
    json.dumps(
        {
            "requests": [verified(values, asked["app_public_key"]) for values in asked["requests"]],
            "answers": [json.loads(read(text.encode())) for text in asked["answers"]],
            "forged": holds(lambda: read(asked["forged"].encode())),
            "page": dict(parse_qsl(urlsplit(page).query)),
            "message": {
                **message,
                "sign": sign_with_rsa2(asked["alipay_private_key"], get_sign_content(message), "utf-8"),
            },
        }
    )
)
