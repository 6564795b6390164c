"""What happens to the fapiao of an order. Published with the order's reference."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("fapiao.asked")
@dataclass(frozen=True, slots=True)
class FapiaoAsked:
    """Somebody wants a fapiao, or changed what they want on it."""

    order_id: int
    request_id: int
    number: str


@event("fapiao.issued")
@dataclass(frozen=True, slots=True)
class FapiaoIssued:
    """`minor` is below zero for a red one; `number` is its own."""

    order_id: int
    fapiao_id: int
    number: str
    minor: int
    currency: str


@event("fapiao.declined")
@dataclass(frozen=True, slots=True)
class FapiaoDeclined:
    order_id: int
    request_id: int


@event("fapiao.to_correct")
@dataclass(frozen=True, slots=True)
class FapiaoToCorrect:
    """More is issued than the order is worth now, by `minor`: a red fapiao is due."""

    order_id: int
    number: str
    minor: int
    currency: str
