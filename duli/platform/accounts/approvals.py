"""Four eyes: what is above somebody's limit waits for a second person instead of being refused.

For a verb (the room of the verb writes this once, beside the verb)::

    @approvable("orders.refund", label=_("Refund"), permission="orders.payments", limit="refund")
    def approved_refund(intent: dict[str, Any], approved: Approved) -> None:
        refund(**intent, actor=approved.decided_by, idempotency_key=approved.key)

    def refund(*, order_id, amount, ..., actor, idempotency_key) -> Refund | ApprovalView:
        if needs_approval(actor=actor, limit="refund", value=amount):
            intent = {"order_id": order_id, ...}              # plain JSON, all that the verb needs
            return request_approval(kind="orders.refund", intent=intent, value=amount,
                                    reference=order.reference, actor=actor)
        ...

What follows is here: the row keeps the intent as it was; a second person who holds `permission`, whose own limit
covers the value and who did not ask, approves or declines; after `LIVES` it expires. On approval the function runs
with `decided_by` as the actor (so the verb's own check passes by that person's right) exactly once: inside the
transaction that marks the row done, or, with `as_job=True` for verbs that talk to the outside world, in a job under
the approval's `key`, which the verb must take as its idempotency key. Both the request and the decision are events
of `reference`, so that they stand in its timeline, and staff who may decide see the request in their bell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils.functional import Promise

from duli.base.registry import Registry
from duli.platform.accounts.limits import Limit, needs_approval

LIVES: Final = timedelta(days=7)

__all__ = ["LIVES", "ApprovalKind", "Approved", "approvable", "approval_kinds", "needs_approval"]


@dataclass(frozen=True, slots=True)
class Approved:
    """Under what an approved intent runs; actors as in events ("user:3")."""

    approval_id: int
    requested_by: str
    decided_by: str

    @property
    def key(self) -> str:
        return f"approval:{self.approval_id}"


Execute = Callable[[dict[str, Any], Approved], None]
Describe = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """One verb that may wait. `describe` says more about an intent than its value does, in the active language."""

    code: str
    label: Promise
    permission: str
    limit: Limit
    execute: Execute
    describe: Describe | None = None
    as_job: bool = False


approval_kinds: Registry[ApprovalKind] = Registry("approval")


def approvable(
    code: str,
    *,
    label: Promise,
    permission: str,
    limit: Limit,
    describe: Describe | None = None,
    as_job: bool = False,
) -> Callable[[Execute], Execute]:
    """Let the decorated ``f(intent, approved)`` carry out what was approved under this kind."""

    def decorate(function: Execute) -> Execute:
        approval_kinds.register(code, ApprovalKind(code, label, permission, limit, function, describe, as_job))
        return function

    return decorate
