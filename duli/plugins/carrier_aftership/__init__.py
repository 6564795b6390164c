"""AfterShip Tracking: parcels of more than 1,200 carriers."""

from __future__ import annotations


def register() -> None:
    """Add the provider to the registry."""
    from duli.commerce.shipping.carrier import providers
    from duli.plugins.carrier_aftership.provider import aftership

    providers.register(aftership.code, aftership)
