"""What carriers ask for an order that is changed: the questions of the checkout, for what would be sent then."""

from __future__ import annotations

from collections.abc import Mapping

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.customers.types import Address
from duli.commerce.inventory.selectors import ships_from
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.goods import Goods
from duli.commerce.orders.label_facts import recipient_of, sender_of
from duli.commerce.orders.models import Order
from duli.commerce.orders.parts import stock_of_line
from duli.commerce.pricing.selectors import conversion
from duli.commerce.shipping.label_seller import Postal
from duli.commerce.shipping.live import live_prices
from duli.commerce.shipping.selectors import live_methods
from duli.commerce.shipping.types import LivePrice, Parcel

MOST = 1_000_000


def parcel_of(order: Order, wish: EditWish, added: Mapping[str, Goods]) -> Parcel:
    """Return what would be sent after an edit: weight, value and units; `added` are the new goods by their key."""
    weight = units = value = 0
    for line in order.lines.all():
        quantity = wish.quantities.get(line.pk, line.quantity)
        if line.requires_shipping and 0 < quantity <= MOST:
            weight += line.weight_grams * quantity
            units += quantity
            value += wish.prices.get(line.pk, line.unit_price_minor) * quantity
    for number, entry in enumerate(wish.additions):
        item = added.get(f"new:{number}")
        if item is not None and item.requires_shipping:
            weight += item.weight_grams * entry.quantity
            units += entry.quantity
            value += (item.price.minor if item.price else 0) * entry.quantity
    return Parcel(weight, Money(value, order.currency), units)


def way_of(order: Order) -> tuple[Postal, Postal] | None:
    """Return from where to where an order goes; None where it goes nowhere."""
    if not (order.shipping_address or {}).get("country") or order.pickup_location_id:
        return None
    lines = [line for line in order.lines.all() if line.requires_shipping and line.variant_id]
    place = ships_from([request for line in lines for request in stock_of_line(line, line.quantity)])
    return (sender_of(place), recipient_of(order)) if place is not None else None


def live_of(order: Order, parcel: Parcel) -> dict[int, LivePrice | None]:
    """Return what carriers asked for such a parcel, by method; nothing is read where no method depends on it."""
    address = Address.from_json(order.shipping_address or {})
    methods = live_methods(address.country, address.region)
    way = way_of(order) if methods else None
    if way is None:
        return {}
    instant = now()
    return live_prices(
        methods,
        sender=way[0],
        recipient=way[1],
        goods_grams=parcel.weight_grams,
        currency=order.currency,
        convert=lambda base: conversion(order.currency, instant, base),
    )
