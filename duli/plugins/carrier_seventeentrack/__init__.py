"""17TRACK: parcels of some 2,800 carriers, across borders."""

from __future__ import annotations


def register() -> None:
    """Add the provider to the registry."""
    from duli.commerce.shipping.carrier import providers
    from duli.plugins.carrier_seventeentrack.provider import seventeentrack

    providers.register(seventeentrack.code, seventeentrack)
