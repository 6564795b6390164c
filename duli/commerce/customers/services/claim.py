from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from duli.commerce.customers.models import Customer
from duli.commerce.customers.services.merge import unite
from duli.commerce.customers.services.people import customer_for_user
from duli.platform.accounts.models import User
from duli.platform.accounts.selectors import verified_user


def claim_for_user(*, user_id: int) -> int:
    """Hand an account what its owner bought as a guest, under addresses the owner has proved; return how many guests.

    An address that was merely typed, at sign-up or in a profile, claims nothing.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return 0
    proved = {
        "email": user.email if user.email and verified_user(email=user.email) == user else "",
        "phone": user.phone if user.phone and user.phone_verified else "",
    }
    guests = {
        pk
        for field, value in proved.items()
        if value
        for pk in _guests().filter(**{field: value}).values_list("pk", flat=True)
    }
    if not guests:
        return 0
    with transaction.atomic():
        own = customer_for_user(
            user_id=user.pk,
            name=user.name,
            email=user.email or "",
            phone=user.phone or "",
            language=user.language,
        )
        return sum(unite(kept_id=own.pk, alias_id=pk, actor="system") for pk in sorted(guests))


def claim_for_guest(*, customer: Customer) -> int:
    """Hand a guest's orders to the account that has proved the guest's address, if there is one."""
    if customer.user_id or customer.merged_into_id or customer.erased_at:
        return 0
    user = verified_user(email=customer.email, phone="" if customer.email else customer.phone)
    return claim_for_user(user_id=user.pk) if user else 0


def _guests() -> QuerySet[Customer]:
    return Customer.objects.filter(user=None, merged_into=None, erased_at=None)
