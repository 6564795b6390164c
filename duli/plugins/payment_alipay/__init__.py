"""Alipay (mainland China): payment page on a desktop, the app on a phone, a QR code; refunds, closing, daily bill."""

from __future__ import annotations


def register() -> None:
    """Add the gateway to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_alipay.gateway import alipay

    gateways.register(alipay.code, alipay)
