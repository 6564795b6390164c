"""Alipay to practise on: its open gateway with real RSA2 signatures both ways, and no money.

`Alipay` is the WSGI application: ``/gateway.do`` for signed calls and payment pages, ``/qr/<code>`` and
``/cashier/<code>`` for the shopper, ``/bill/<day>`` for the daily bill.
"""

from sandbox.alipay.app import Alipay
from sandbox.alipay.keys import Merchant, Wallet, new_pair

__all__ = ["Alipay", "Merchant", "Wallet", "new_pair"]
