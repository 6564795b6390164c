from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.customers.addresses import check
from duli.commerce.customers.models import Customer, CustomerAddress
from duli.commerce.customers.types import Address


@transaction.atomic
def customer_for_user(*, user_id: int, name: str, email: str, phone: str, language: str) -> Customer:
    """Return the account's customer, made on first use; contact data follows the account."""
    customer, _ = Customer.objects.update_or_create(
        user_id=user_id,
        defaults={"name": name, "email": email, "phone": phone, "language": language},
        create_defaults={
            "name": name,
            "email": email,
            "phone": phone,
            "language": language,
            "created_at": now(),
        },
    )
    return customer


@transaction.atomic
def customer_for_guest(*, name: str, email: str, phone: str, language: str) -> Customer:
    """Return the guest with this contact, made on first use.

    Never an account's customer: an address somebody merely typed proves nothing.
    """
    guests = Customer.objects.filter(user__isnull=True)
    found = guests.filter(email__iexact=email).first() if email else guests.filter(phone=phone).first()
    if found:
        return found
    return Customer.objects.create(name=name, email=email, phone=phone, language=language, created_at=now())


@transaction.atomic
def save_address(
    *, customer_id: int, address: Address, address_id: int | None = None, is_default: bool = False
) -> CustomerAddress:
    """Add an address to the customer's book, or change one of it. InvalidAddress, NotFound.

    The first address becomes the default one.
    """
    checked = check(address)
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
    row.data = checked.to_json()
    row.is_default = is_default
    row.save()
    return row


@transaction.atomic
def delete_address(*, customer_id: int, address_id: int) -> None:
    """Remove an address from the customer's own book; NotFound for somebody else's."""
    deleted, _ = CustomerAddress.objects.filter(customer_id=customer_id, pk=address_id).delete()
    if not deleted:
        raise NotFound()
