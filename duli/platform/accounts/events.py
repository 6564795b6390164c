"""What happens among staff and shoppers' accounts that others want to hear of."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("accounts.approval_requested")
@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """`kind` is the code of an approval kind; the reference of the event is what it is about."""

    approval_id: int
    kind: str
    permission: str
    value: dict[str, int | str]


@event("accounts.approval_decided")
@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """`outcome` is a state of the approval: done, approved (a job carries it out), declined, failed, expired…"""

    approval_id: int
    kind: str
    outcome: str
    requested_by: str
    value: dict[str, int | str]


@event("accounts.address_proved")
@dataclass(frozen=True, slots=True)
class AddressProved:
    """The person has shown that they read what is sent to one of their addresses."""

    user_id: int
