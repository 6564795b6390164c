"""The only row locks of this room, always by key. Order of the house: cart → customers → order → …"""

from __future__ import annotations

from collections.abc import Iterable

from duli.base.errors import NotFound
from duli.commerce.customers.models import Customer, DataRequest


def lock_customers(customer_ids: Iterable[int]) -> dict[int, Customer]:
    """Lock customers in the order of their keys; those that do not exist are missing from the answer."""
    rows = Customer.objects.select_for_update().filter(pk__in=set(customer_ids)).order_by("pk")
    return {row.pk: row for row in rows}


def lock_customer(customer_id: int) -> Customer:
    """Lock one customer, itself and not what it was merged into. NotFound."""
    found = lock_customers([customer_id]).get(customer_id)
    if found is None:
        raise NotFound()
    return found


def lock_request(request_id: int) -> DataRequest | None:
    return DataRequest.objects.select_for_update().filter(pk=request_id).first()
