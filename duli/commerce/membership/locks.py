"""The only row locks of this room. Order of the house: cart → customers → order → member → stock."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.membership.models import Member, Program, Tier


def lock_member(customer_id: int) -> Member:
    """Lock what a customer has in the program, made on first use: whoever changes tier or points waits here."""
    Member.objects.get_or_create(customer_id=customer_id)
    return Member.objects.select_for_update().get(pk=customer_id)


def lock_program() -> Program:
    Program.objects.get_or_create(pk=1)
    return Program.objects.select_for_update().get(pk=1)


def lock_tier(tier_id: int) -> Tier:
    """Lock and return a tier. NotFound."""
    found = Tier.objects.select_for_update().filter(pk=tier_id).first()
    if found is None:
        raise NotFound()
    return found
