"""Money that passes no provider: bank transfer and cash on delivery. Staff say when it has come."""

from __future__ import annotations


def register() -> None:
    """Add both gateways to the registry."""
    from duli.commerce.payments.gateway import gateways
    from duli.plugins.payment_offline.gateways import bank_transfer, cash_on_delivery

    gateways.register(bank_transfer.code, bank_transfer)
    gateways.register(cash_on_delivery.code, cash_on_delivery)
