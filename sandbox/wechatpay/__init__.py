"""WeChat Pay to practise on: its API v3 with real signatures and sealed messages both ways, and no money.

`WeChatPay` is the WSGI application: ``/v3/…`` for signed calls, ``/pay/<code>`` for the shopper, and the two addresses
with which WeChat names a shopper (openid).
"""

from sandbox.wechatpay.app import WeChatPay
from sandbox.wechatpay.keys import Merchant, Wallet, new_pair

__all__ = ["Merchant", "Wallet", "WeChatPay", "new_pair"]
