"""What can happen to an order. Published with reference ``order:<id>``; they are also its timeline."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("orders.placed")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: int
    number: str
    total_minor: int
    currency: str
    payment_method_code: str


@event("orders.confirmed")
@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    order_id: int


@event("orders.paid")
@dataclass(frozen=True, slots=True)
class OrderPaid:
    order_id: int
    captured_minor: int
    currency: str


@event("orders.payment_state_changed")
@dataclass(frozen=True, slots=True)
class OrderPaymentStateChanged:
    """Any other change of the payment state: authorised, partly paid, refunded, needs review."""

    order_id: int
    before: str
    after: str


@event("orders.shipped")
@dataclass(frozen=True, slots=True)
class FulfilmentShipped:
    order_id: int
    fulfilment_id: int
    carrier: str
    tracking_number: str


@event("orders.delivered")
@dataclass(frozen=True, slots=True)
class FulfilmentDelivered:
    order_id: int
    fulfilment_id: int


@event("orders.tracking_changed")
@dataclass(frozen=True, slots=True)
class TrackingChanged:
    order_id: int
    fulfilment_id: int
    carrier: str
    tracking_number: str


@event("orders.cancelled")
@dataclass(frozen=True, slots=True)
class OrderCancelled:
    order_id: int
    reason: str
    restocked: bool
    refund_due_minor: int


@event("orders.commented")
@dataclass(frozen=True, slots=True)
class OrderCommented:
    order_id: int
    text: str


@event("orders.late_payment")
@dataclass(frozen=True, slots=True)
class LatePaymentReceived:
    """Money came after the order was cancelled; `outcome` is "revived" or "refund_due"."""

    order_id: int
    captured_minor: int
    outcome: str


@event("orders.held")
@dataclass(frozen=True, slots=True)
class OrderHeldBack:
    order_id: int
    reason: str


@event("orders.released")
@dataclass(frozen=True, slots=True)
class OrderReleased:
    order_id: int


@event("orders.tagged")
@dataclass(frozen=True, slots=True)
class OrderTagged:
    order_id: int
    added: list[str]
    removed: list[str]
