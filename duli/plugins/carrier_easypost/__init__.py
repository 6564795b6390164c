"""EasyPost: rates, labels and tracking of more than 100 carriers by one key."""

from __future__ import annotations


def register() -> None:
    """Add the provider to both registries."""
    from duli.commerce.shipping.carrier import providers
    from duli.commerce.shipping.label_seller import sellers
    from duli.plugins.carrier_easypost.provider import easypost

    providers.register(easypost.code, easypost)
    sellers.register(easypost.code, easypost)
