"""How far staff may go alone: amounts and percents by role.

A verb that gives something away asks `needs_approval` with the actor it was called with, and where that is true it
calls `approvals.request_approval` instead of acting (see there for the whole story). A screen asks `within_limit` to
say beforehand what a button will do. What somebody may look at is `sees`: "cost" or "personal" data.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal, assert_never

from duli.base.money import Money
from duli.platform.accounts.roles import RoleView, role_of, role_of_actor

Limit = Literal["refund", "discount"]
Value = Money | int | Decimal
"""A refund is money; a discount is a percent between 0 and 100."""

UNLIMITED: Final = ("gateway:", "job:")
"""Actors that carry out what somebody decided before them."""


def role_within_limit(role: RoleView, limit: Limit, value: Value) -> bool:
    """Say whether `role` covers `value` alone. TypeError if the value is not of the limit's kind."""
    match limit:
        case "refund":
            if not isinstance(value, Money):
                raise TypeError("a refund is money")
            limits = role.refund_limits
            # A currency that no limit names needs a second person: nobody thought about it.
            return limits is None or value.minor <= limits.get(value.currency, 0)
        case "discount":
            if isinstance(value, Money):
                raise TypeError("a discount is a percent")
            return role.discount_limit is None or value <= role.discount_limit
    assert_never(limit)


def within_limit(user: Any, limit: Limit, value: Value) -> bool:
    """Say whether the person may do this alone: `within_limit(user, "refund", Money(5000, "CNY"))`."""
    return role_within_limit(role_of(user), limit, value)


def needs_approval(*, actor: str, limit: Limit, value: Value) -> bool:
    """Say whether `actor` has to ask a second person first. The software itself and shoppers never do."""
    kind = actor.partition(":")[0]
    if kind in {"", "system", "guest", "customer"} or actor.startswith(UNLIMITED):
        return False
    return not role_within_limit(role_of_actor(actor), limit, value)


def sees(user: Any, what: Literal["cost", "personal"]) -> bool:
    """Say whether the person may see cost prices, or shoppers' addresses and numbers."""
    role = role_of(user)
    return role.sees_cost if what == "cost" else role.sees_personal
