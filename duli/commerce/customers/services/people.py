from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.customers.events import CustomerChanged
from duli.commerce.customers.holders import holders
from duli.commerce.customers.jobs import index_customer
from duli.commerce.customers.locks import lock_customer, lock_guest, lock_present
from duli.commerce.customers.models import Customer, CustomerTag
from duli.commerce.customers.services.index import index_customers
from duli.commerce.customers.types import (
    ContactTaken,
    CustomerDraft,
    CustomerErased,
    CustomerValue,
    InvalidContact,
)
from duli.platform.accounts.identifiers import email_of, phone_of
from duli.platform.events.models import Event
from duli.platform.events.services import publish
from duli.platform.store.prepared import PreparedUpdate
from duli.platform.store.seen import Seen, compare
from duli.platform.store.selectors import languages

MOST_TAGS = 50
_keep_value = PreparedUpdate(
    lambda pk, orders, spent, refunded, first, last, country: (
        Customer.objects.filter(pk=pk),
        {
            "orders_count": orders,
            "spent_minor": spent,
            "refunded_minor": refunded,
            "first_order_at": first,
            "last_order_at": last,
            "country": country,
        },
    )
)


@transaction.atomic
def customer_for_user(*, user_id: int, name: str, email: str, phone: str, language: str) -> Customer:
    """Return the account's customer, made on first use; what is given and not empty follows the account."""
    values = {"name": name, "email": email.lower(), "phone": phone, "language": language}
    customer, is_new = Customer.objects.get_or_create(user_id=user_id, defaults={**values, "created_at": now()})
    if is_new:
        index_customer.enqueue(customer_id=customer.pk)
        return customer
    customer = lock_customer(customer.pk)
    changed = [key for key, value in values.items() if value and getattr(customer, key) != value]
    if changed:
        for key in changed:
            setattr(customer, key, values[key])
        customer.save(update_fields=changed)
        index_customer.enqueue(customer_id=customer.pk)
    return customer


@transaction.atomic(savepoint=False)
def customer_for_guest(*, name: str, email: str, phone: str, language: str) -> Customer:
    """Return the guest with this contact, made on first use; locked, so that no merge takes it away meanwhile.

    Never an account's customer: an address somebody merely typed proves nothing. Nor what was merged into another.
    """
    email = email.lower()
    found = lock_guest(email=email, phone=phone)
    if found:
        return found
    customer = Customer.objects.create(name=name, email=email, phone=phone, language=language, created_at=now())
    index_customer.enqueue(customer_id=customer.pk)
    return customer


@transaction.atomic(savepoint=False)
def customer_now(*, customer_id: int) -> Customer | None:
    """Return who this customer is now: itself, what it was merged into, or nobody if the person was erased.

    Locked, so that no merge takes it away meanwhile.
    """
    customer = lock_present(customer_id)
    return None if customer.erased_at else customer


def cleaned_tags(names: list[str]) -> list[str]:
    """Return tags as they are stored: one line each, without repeats whatever their case."""
    found: dict[str, str] = {}
    for name in names:
        tag = one_line(name.replace(",", " "), 60)
        if tag:
            found.setdefault(tag.casefold(), tag)
    return list(found.values())[:MOST_TAGS]


@transaction.atomic
def save_customer(
    *,
    customer_id: int | None,
    draft: CustomerDraft,
    actor: str,
    created_by_import: bool = False,
    created_at: datetime | None = None,
    seen: Seen | None = None,
) -> Customer:
    """Make a customer (`customer_id` None) or change what staff may change of one.

    Raises NotFound, CustomerErased, InvalidContact (neither address nor number), InvalidInput(field=), and
    ContactTaken: the address and number of an account are its owner's alone.
    """
    values = _checked(draft)
    if customer_id is None:
        customer = Customer(created_at=min(created_at or now(), now()))
    else:
        customer = lock_customer(customer_id)
        compare(seen)
        if customer.erased_at:
            raise CustomerErased()
    changed = [key for key, value in values.items() if getattr(customer, key) != value]
    if customer.user_id and {"email", "phone"} & set(changed):
        raise ContactTaken()
    for key in changed:
        setattr(customer, key, values[key])
    if not customer.email and not customer.phone and not (created_by_import and customer.name):
        raise InvalidContact()
    if changed or customer.pk is None:
        customer.save()
    if draft.tags is not None and _set_tags(customer, cleaned_tags(list(draft.tags))):
        changed.append("tags")
    if changed:
        event = CustomerChanged(customer.pk, tuple(changed), is_new=customer_id is None)
        publish(event, reference=customer.reference, actor=actor)
    index_customers(customer_ids=[customer.pk])
    return customer


def _checked(draft: CustomerDraft) -> dict[str, str]:
    values: dict[str, str] = {}
    if draft.name is not None:
        values["name"] = one_line(draft.name, 120)
    if draft.email is not None:
        values["email"] = email_of(draft.email) if draft.email.strip() else ""
        if draft.email.strip() and not values["email"]:
            raise InvalidInput(field="email")
    if draft.phone is not None:
        values["phone"] = phone_of(draft.phone) if draft.phone.strip() else ""
        if draft.phone.strip() and not values["phone"]:
            raise InvalidInput(field="phone")
    if draft.language is not None:
        if draft.language and draft.language not in languages():
            raise InvalidInput(field="language")
        values["language"] = draft.language
    return values


def _set_tags(customer: Customer, wanted: list[str]) -> bool:
    before = {tag.name: tag.pk for tag in CustomerTag.objects.filter(customer=customer)}
    gone = [pk for name, pk in before.items() if name not in wanted]
    if gone:
        CustomerTag.objects.filter(pk__in=gone).delete()
    new = [CustomerTag(customer=customer, name=name) for name in wanted if name not in before]
    CustomerTag.objects.bulk_create(new, ignore_conflicts=True)
    return bool(gone or new)


@transaction.atomic(savepoint=False)
def record_value(*, customer_id: int, read: Callable[[int], CustomerValue], country: str = "") -> Customer:
    """Keep what the customer bought so far, as `read` says once the row is locked: the last writer is right.

    An alias hands the question on to what it was merged into. Returns whose value that is.
    """
    customer = lock_present(customer_id)
    value = read(customer.pk)
    _keep_value(
        customer.pk,
        value.orders,
        value.spent_minor,
        value.refunded_minor,
        value.first_order_at,
        value.last_order_at,
        country or customer.country,
    )
    return customer


@transaction.atomic
def remove_untouched(*, customer_id: int) -> bool:
    """Delete a customer with whom nothing has happened yet; False if there is an account, an order or credit."""
    customer = lock_customer(customer_id)
    if customer.user_id or customer.aliases.exists() or customer.credit_entries.exists():
        return False
    if any(holder.count(customer_id) for _code, holder in holders):
        return False
    Event.objects.filter(reference=customer.reference).delete()
    customer.delete()
    return True
