"""Stripe to practise on: Checkout, PaymentIntents, the Payment Element, refunds, disputes, balance, signed webhooks.

It speaks the interface of api.stripe.com (form-encoded requests, bearer keys, idempotency keys, `Stripe-Signature`)
and the page of checkout.stripe.com, and moves no money. `create_app` returns a WSGI application; `python -m
sandbox.stripe` serves it on its own.
"""

from sandbox.stripe.app import create_app

__all__ = ["create_app"]
