"""What can happen to an order. Published with reference ``order:<id>``; they are also its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


@event("orders.pickup_ready")
@dataclass(frozen=True, slots=True)
class PickupReady:
    """Everything lies ready at the place where the shopper fetches it."""

    order_id: int
    place: str


@event("orders.pickup_taken_back")
@dataclass(frozen=True, slots=True)
class PickupTakenBack:
    """It does not lie ready after all."""

    order_id: int


@event("orders.collected")
@dataclass(frozen=True, slots=True)
class OrderCollected:
    """The shopper has fetched it; a parcel that left and arrived in the same moment stands for it."""

    order_id: int
    fulfilment_id: int


@event("orders.parcel_moved")
@dataclass(frozen=True, slots=True)
class ParcelProgressed:
    """The carrier says that a parcel is somewhere else now; both states are of `shipping.states.ParcelProgress`."""

    order_id: int
    fulfilment_id: int
    state: str
    before: str


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
    """Only staff read it. `mentions` are keys of staff, `files` dictionaries (id, name, mime, bytes)."""

    order_id: int
    text: str
    mentions: tuple[int, ...] = ()
    files: tuple[dict[str, Any], ...] = ()


@event("orders.message_received")
@dataclass(frozen=True, slots=True)
class OrderMessageReceived:
    """The shopper wrote about the order; the words are in `OrderMessage`."""

    order_id: int
    message_id: int
    number: str


@event("orders.message_sent")
@dataclass(frozen=True, slots=True)
class OrderMessageSent:
    """Staff answered; a mail goes to the shopper."""

    order_id: int
    message_id: int


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


@event("orders.refund_made")
@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """Something of the order was taken back; the money follows. Minor units of `currency`, tax included.

    `lines` are dictionaries (line_id, title, quantity, total_minor, tax_minor), `taxes` too (name, rate, gross, net,
    tax), the latter with every fee and goodwill in them: a credit note is written from it. `original_minor` goes back
    the way it was paid, `credit_minor` becomes store credit, `offset_minor` pays for other things in the order.
    """

    order_id: int
    refund_id: int
    amount_minor: int
    tax_minor: int
    original_minor: int
    credit_minor: int
    offset_minor: int
    shipping_minor: int
    adjustment_minor: int
    currency: str
    reason: str
    lines: tuple[dict[str, Any], ...]
    taxes: tuple[dict[str, Any], ...]


@event("orders.refund_failed")
@dataclass(frozen=True, slots=True)
class OrderRefundFailed:
    """A provider did not take part of a refund; staff try again."""

    order_id: int
    refund_id: int
    amount_minor: int
    currency: str
    error: str


@event("orders.edited")
@dataclass(frozen=True, slots=True)
class OrderEdited:
    """`changes` are dictionaries (what, title, before, after); `due_minor` is owed now, below zero if overpaid."""

    order_id: int
    before_minor: int
    after_minor: int
    due_minor: int
    currency: str
    notify: bool
    note: str
    changes: tuple[dict[str, Any], ...]


@event("orders.address_changed")
@dataclass(frozen=True, slots=True)
class OrderAddressChanged:
    order_id: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@event("orders.return_moved")
@dataclass(frozen=True, slots=True)
class ReturnMoved:
    """A return was asked for, or came one step further: `state` is where it is now."""

    order_id: int
    return_id: int
    number: str
    kind: str
    state: str
    outcome: str


@event("orders.document_issued")
@dataclass(frozen=True, slots=True)
class DocumentIssued:
    order_id: int
    document_id: int
    kind: str
    label: str


@event("orders.payment_due")
@dataclass(frozen=True, slots=True)
class PaymentDue:
    """An unpaid order will soon be cancelled; the shopper is reminded once."""

    order_id: int


@event("orders.risk_seen")
@dataclass(frozen=True, slots=True)
class OrderRiskSeen:
    order_id: int
    level: str
    reasons: list[str]


@event("orders.risk_cleared")
@dataclass(frozen=True, slots=True)
class OrderRiskCleared:
    order_id: int


@event("orders.split")
@dataclass(frozen=True, slots=True)
class OrderSplit:
    """Told of both parts; `other` is the one that the reader does not look at."""

    order_id: int
    other_id: int
    other_number: str


@event("orders.merged")
@dataclass(frozen=True, slots=True)
class OrderMerged:
    """Told of both orders; `other` is the one that the reader does not look at. `is_kept` is the one that goes on.

    `total_minor` is what the other order, which is empty now, cost and brought along; `paid_minor` of it was paid.
    """

    order_id: int
    other_id: int
    other_number: str
    is_kept: bool
    total_minor: int
    paid_minor: int
    currency: str


@event("orders.imported")
@dataclass(frozen=True, slots=True)
class OrderImported:
    """An order of an old shop was written down. Nobody subscribes: it happened long ago."""

    order_id: int
    source: str
    total_minor: int
    currency: str


@event("orders.vat_answer_came")
@dataclass(frozen=True, slots=True)
class VatAnswerCame:
    """The register of the buyer's VAT id answered after the order was placed and taxed; `tax_minor` was charged."""

    order_id: int
    number: str
    vat_id: str
    state: str
    tax_minor: int
    currency: str


@event("orders.tax_limit_near")
@dataclass(frozen=True, slots=True)
class TaxLimitNear:
    """Of a limit of tax law, `step` percent (80 or 100) are used up in a year."""

    code: str
    region: str
    year: int
    step: int
    most_minor: int
    currency: str
