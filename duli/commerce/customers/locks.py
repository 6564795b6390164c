"""The only row locks of this room, always by key. Order of the house: cart → customers → order → …"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from duli.base.errors import NotFound
from duli.commerce.customers.models import Customer, DataRequest, Segment
from duli.platform.store.prepared import Prepared

_guests = Prepared(
    lambda email, phone: (
        Customer.objects.select_for_update()
        .filter(user=None, merged_into=None, erased_at=None)
        .filter(Q(email=email) if email else Q(phone=phone))
        .order_by("pk")[:1]
    )
)
_by_ids = Prepared(lambda ids: Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def lock_customers(customer_ids: Iterable[int]) -> dict[int, Customer]:
    """Lock customers in the order of their keys; those that do not exist are missing from the answer."""
    return {row.pk: row for row in _by_ids.rows(sorted(set(customer_ids)))}


def lock_customer(customer_id: int) -> Customer:
    """Lock one customer, itself and not what it was merged into. NotFound."""
    found = lock_customers([customer_id]).get(customer_id)
    if found is None:
        raise NotFound()
    return found


class _Moved(Exception):
    """The customer was merged; carries into whom."""


def lock_present(customer_id: int) -> Customer:
    """Lock who a customer is now: itself, or what it was merged into. NotFound.

    An alias is let go again before the other is waited for: who merges holds the other one and waits for the alias.
    """
    while True:
        try:
            # Rolled back to its savepoint, the alias is free.
            with transaction.atomic():
                customer = lock_customer(customer_id)
                if customer.merged_into_id is None:
                    return customer
                raise _Moved(customer.merged_into_id)
        except _Moved as moved:
            customer_id = moved.args[0]


def lock_guest(*, email: str, phone: str) -> Customer | None:
    """Lock the first guest with this address, or with this number where no address is given; None if there is none."""
    return _guests.first(email or None, None if email else phone)


def lock_request(request_id: int) -> DataRequest | None:
    return DataRequest.objects.select_for_update().filter(pk=request_id).first()


def lock_segment(segment_id: int) -> Segment:
    """NotFound."""
    found = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if found is None:
        raise NotFound()
    return found
