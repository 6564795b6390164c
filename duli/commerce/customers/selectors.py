from __future__ import annotations

from duli.commerce.customers.models import Customer, CustomerAddress


def customer_of(user_id: int) -> Customer | None:
    """Return the customer of an account, if it has bought or saved anything yet."""
    return Customer.objects.filter(user_id=user_id).first()


def addresses_of(customer_id: int) -> list[CustomerAddress]:
    """Return the customer's address book, the default one first."""
    return list(CustomerAddress.objects.filter(customer_id=customer_id))
