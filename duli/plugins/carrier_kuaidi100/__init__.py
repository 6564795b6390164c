"""快递100: parcels of Chinese carriers, and of many others."""

from __future__ import annotations


def register() -> None:
    """Add the provider to the registry."""
    from duli.commerce.shipping.carrier import providers
    from duli.plugins.carrier_kuaidi100.provider import kuaidi100

    providers.register(kuaidi100.code, kuaidi100)
