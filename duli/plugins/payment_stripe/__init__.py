"""Stripe: cards, Apple Pay, Google Pay, Alipay and WeChat Pay, on its page (Checkout) or in ours (Payment Element)."""

from __future__ import annotations


def register() -> None:
    """Add the gateway to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_stripe.gateway import stripe

    gateways.register(stripe.code, stripe)
