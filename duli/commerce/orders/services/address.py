from __future__ import annotations

from typing import Any

from django.db import transaction

from duli.base.clock import now
from duli.commerce.customers.addresses import check, lines
from duli.commerce.customers.types import Address
from duli.commerce.inventory.selectors import home_country
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderAddressChanged
from duli.commerce.orders.models import Order
from duli.commerce.orders.places import place_of
from duli.commerce.orders.return_terms import policy
from duli.commerce.orders.services.cancel import cancel
from duli.commerce.orders.states import FulfilmentState, OrderStatus
from duli.commerce.orders.types import AddressChangesPrice, NotChangeable
from duli.commerce.pricing.selectors import taxes_for
from duli.commerce.shipping.selectors import label_under_way, zone_for
from duli.commerce.shipping.types import LabelUnderWay
from duli.platform.events.services import publish
from duli.platform.store.seen import Seen, compare


def may_change(order: Order) -> bool:
    """Whether nothing of the order was packed yet."""
    return order.status == OrderStatus.OPEN and order.fulfilment_state in {
        FulfilmentState.UNFULFILLED,
        FulfilmentState.NOT_NEEDED,
    }


def sent_to(order: Order) -> dict[str, Any] | None:
    """Return the address it is sent to; None of what is fetched at a place or needs no parcel."""
    return (order.shipping_address or None) if order.pickup_location_id is None else None


@transaction.atomic
def change_address(
    *, order_id: int, address: Address, actor: str, by_shopper: bool = False, seen: Seen | None = None
) -> Order:
    """Send the order somewhere else, while nothing has left and it costs the same there.

    Raises NotFound, InvalidAddress, NotChangeable, AddressChangesPrice (another tax or shipping zone),
    LabelUnderWay (a label with the former address is being bought).
    """
    checked = check(address)
    order = locks.lock_order(order_id)
    compare(seen)
    address_before = sent_to(order)
    if address_before is None or not may_change(order) or (by_shopper and not policy().may_change_address):
        raise NotChangeable()
    if label_under_way(order.reference):
        raise NotChangeable() if by_shopper else LabelUnderWay()
    before = Address.from_json(address_before)
    if checked == before:
        return order
    places = [(before.country, before.region), (checked.country, checked.region)]
    zones = [zone_for(*place) for place in places]
    taxes = [
        {name: (tax.name, tax.exact) for name, tax in taxes_for(place_of(one), now()).items()}
        for one in (before, checked)
    ]
    if before.country != checked.country or zones[0] != zones[1] or taxes[0] != taxes[1]:
        raise AddressChangesPrice()
    if order.billing_address == order.shipping_address:
        order.billing_address = checked.to_json()
    order.shipping_address = checked.to_json()
    order.version += 1
    order.save(update_fields=["shipping_address", "billing_address", "version"])
    publish(
        OrderAddressChanged(order.pk, _written(order, before), _written(order, checked)),
        reference=order.reference,
        actor=actor,
    )
    return order


def _written(order: Order, address: Address) -> tuple[str, ...]:
    return tuple(lines(address, home=home_country(), language=order.language))


@transaction.atomic
def cancel_by_shopper(*, order_id: int, actor: str) -> Order:
    """Cancel an order its buyer does not want any more, before anything is packed; what was paid goes back.

    Raises NotFound, NotChangeable, OrderClosed, AlreadyShipped.
    """
    order = locks.lock_order(order_id)
    if not may_change(order) or not policy().may_cancel:
        raise NotChangeable()
    return cancel(order_id=order_id, reason="customer", restock=True, actor=actor)
