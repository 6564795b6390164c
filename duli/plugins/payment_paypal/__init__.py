"""PayPal: the shopper approves on PayPal's page, the shop takes the money."""

from __future__ import annotations


def register() -> None:
    """Add the gateway to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_paypal.gateway import paypal

    gateways.register(paypal.code, paypal)
