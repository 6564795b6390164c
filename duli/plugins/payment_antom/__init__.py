"""Alipay+ through Antom: wallets of many countries for shops that sell across borders."""

from __future__ import annotations


def register() -> None:
    """Add the gateway to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_antom.gateway import antom

    gateways.register(antom.code, antom)
