from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.customers.addresses import check
from duli.commerce.customers.events import CustomerChanged
from duli.commerce.customers.jobs import index_customer
from duli.commerce.customers.locks import lock_customer
from duli.commerce.customers.models import CustomerAddress
from duli.commerce.customers.types import Address, CustomerErased
from duli.platform.events.services import publish
from duli.platform.store.seen import Seen, compare


@transaction.atomic
def save_address(
    *,
    customer_id: int,
    address: Address,
    address_id: int | None = None,
    is_default: bool = False,
    actor: str = "",
    seen: Seen | None = None,
) -> CustomerAddress:
    """Add an address to the customer's book, or change one of it. InvalidAddress, NotFound, CustomerErased.

    The first address becomes the default one.
    """
    checked = check(address)
    customer = lock_customer(customer_id)
    compare(seen)
    if customer.erased_at:
        raise CustomerErased()
    rows = CustomerAddress.objects.filter(customer_id=customer_id)
    if address_id is None:
        row = CustomerAddress(customer_id=customer_id, created_at=now())
        is_default = is_default or not rows.exists()
    else:
        found = rows.filter(pk=address_id).first()
        if found is None:
            raise NotFound()
        row = found
        is_default = is_default or row.is_default
    if is_default:
        rows.update(is_default=False)
        if customer.country != checked.country:
            customer.country = checked.country
            customer.save(update_fields=["country"])
    row.data = checked.to_json()
    row.is_default = is_default
    row.save()
    publish(CustomerChanged(customer_id, ("addresses",)), reference=customer.reference, actor=actor)
    index_customer.enqueue(customer_id=customer_id)
    return row


@transaction.atomic
def delete_address(*, customer_id: int, address_id: int, actor: str = "") -> None:
    """Remove an address from the customer's own book; NotFound for somebody else's."""
    deleted, _ = CustomerAddress.objects.filter(customer_id=customer_id, pk=address_id).delete()
    if not deleted:
        raise NotFound()
    publish(CustomerChanged(customer_id, ("addresses",)), reference=f"customer:{customer_id}", actor=actor)
    index_customer.enqueue(customer_id=customer_id)
