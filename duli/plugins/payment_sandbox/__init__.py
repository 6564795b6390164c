"""Cards on the practice card page: a hosted page that behaves like a real one, but moves no money."""

from __future__ import annotations


def register() -> None:
    """Add the gateway to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_sandbox.gateway import sandbox_card

    gateways.register(sandbox_card.code, sandbox_card)
