"""The only row locks of this room. They come after those of the order."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.referrals.models import Program, Referral, Referrer


def lock_program() -> Program:
    """Lock and return the rules, made on first use."""
    Program.objects.get_or_create(pk=1)
    return Program.objects.select_for_update().get(pk=1)


def lock_referral(referral_id: int) -> Referral:
    """Lock and return a referral. NotFound."""
    found = Referral.objects.select_for_update().filter(pk=referral_id).first()
    if found is None:
        raise NotFound()
    return found


def lock_referral_of(order_id: int) -> Referral | None:
    """Lock and return the referral of an order, if it has one."""
    return Referral.objects.select_for_update().filter(order_id=order_id).first()


def lock_referrer(referrer_id: int) -> Referrer:
    """Lock and return a referrer. NotFound."""
    found = Referrer.objects.select_for_update().filter(pk=referrer_id).first()
    if found is None:
        raise NotFound()
    return found
