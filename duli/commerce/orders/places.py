"""Where an order is taxed."""

from __future__ import annotations

from duli.commerce.customers.types import Address
from duli.commerce.orders.models import Order
from duli.commerce.pricing.types import Place


def taxed_at(order: Order, address: Address) -> Place:
    """Return the place whose rates an order was placed with; no country where nobody charged tax."""
    if not order.tax_scheme:
        return place_of(address)
    kept = order.tax.get("place") or {}
    return Place(**{name: str(kept.get(name) or "") for name in ("country", "region", "postal_code", "city")})


def place_of(address: Address) -> Place:
    """Return an address as far as tax depends on it."""
    return Place(address.country, address.region, address.postal_code, address.city)
