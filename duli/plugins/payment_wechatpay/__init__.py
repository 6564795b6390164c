"""WeChat Pay (API v3): a QR code on a desktop, the app from a phone's browser, and inside WeChat itself."""

from __future__ import annotations


def register() -> None:
    """Add the gateway to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_wechatpay.gateway import wechat_pay

    gateways.register(wechat_pay.code, wechat_pay)
