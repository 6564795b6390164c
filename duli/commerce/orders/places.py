"""Where an order is taxed."""

from __future__ import annotations

from duli.commerce.customers.types import Address
from duli.commerce.pricing.tax_rates import Place


def place_of(address: Address) -> Place:
    """Return an address as far as tax depends on it."""
    return Place(address.country, address.region, address.postal_code, address.city)
