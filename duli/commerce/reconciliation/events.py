"""What happens to money outside the shop."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("reconciliation.proof_received")
@dataclass(frozen=True, slots=True)
class ProofReceived:
    """A shopper shows that they have transferred the money."""

    order_id: int
    proof_id: int
    number: str


@event("reconciliation.bill_differs")
@dataclass(frozen=True, slots=True)
class BillDiffers:
    """A provider's bill of `day` (ISO) and the shop do not agree about `count` more movements."""

    bill_id: int
    gateway: str
    day: str
    count: int
