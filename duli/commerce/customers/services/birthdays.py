"""Birthdays as their owners tell them."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.customers.birthdays import FIXED, is_day
from duli.commerce.customers.locks import lock_customer
from duli.commerce.customers.models import Birthday
from duli.commerce.customers.types import BirthdayFixed, CustomerErased
from duli.platform.store.days import day_of


@transaction.atomic
def save_birthday(*, customer_id: int, month: int | None, day: int | None) -> Birthday:
    """Keep on which day somebody's birthday is, as they say; both None: forget it.

    Told once it stands for a year, also after it was taken back; taking it back is always possible. Raises NotFound,
    CustomerErased, InvalidInput (no such day), BirthdayFixed.
    """
    customer = lock_customer(customer_id)
    if customer.erased_at:
        raise CustomerErased()
    if (month is None) != (day is None) or (month is not None and day is not None and not is_day(month, day)):
        raise InvalidInput(field="birthday")
    instant = now()
    row = Birthday.objects.filter(pk=customer_id).first()
    if row is None:
        row = Birthday(customer=customer, told_at=instant)
    elif (row.month, row.day) == (month, day):
        return row
    elif month is not None:
        if instant < row.told_at + FIXED:
            raise BirthdayFixed(date=day_of(row.told_at + FIXED).isoformat())
        row.told_at = instant
    row.month, row.day = month, day
    row.save()
    return row
