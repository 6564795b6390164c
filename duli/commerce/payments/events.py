"""What happens to money. Published under the collection's reference; amounts in minor units of `currency`.

The sums are totals so far, not differences; each event is published once per real change.
"""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("payments.authorised")
@dataclass(frozen=True, slots=True)
class PaymentAuthorised:
    collection_id: int
    reference: str
    amount_minor: int
    authorised_minor: int
    currency: str


@event("payments.captured")
@dataclass(frozen=True, slots=True)
class PaymentCaptured:
    """`late`: the collection had been closed before the money came."""

    collection_id: int
    reference: str
    amount_minor: int
    captured_minor: int
    currency: str
    late: bool


@event("payments.failed")
@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """One attempt came to nothing; the same collection may be paid by another."""

    collection_id: int
    reference: str
    attempt_id: int
    amount_minor: int
    currency: str
    error_code: str


@event("payments.refunded")
@dataclass(frozen=True, slots=True)
class PaymentRefunded:
    """`refund_minor` went back now, `refunded_minor` in total."""

    collection_id: int
    reference: str
    refund_minor: int
    refunded_minor: int
    captured_minor: int
    currency: str


@event("payments.disputed")
@dataclass(frozen=True, slots=True)
class PaymentDisputed:
    """A payer's bank asks for the money back, or has decided: `state` is open, won or lost (then it is gone)."""

    collection_id: int
    reference: str
    dispute_id: int
    amount_minor: int
    currency: str
    state: str
    reason: str


@event("payments.refund_failed")
@dataclass(frozen=True, slots=True)
class PaymentRefundFailed:
    """The provider refused to give this money back; nothing has moved."""

    collection_id: int
    reference: str
    refund_id: int
    amount_minor: int
    currency: str
    error_code: str


@event("payments.needs_review")
@dataclass(frozen=True, slots=True)
class PaymentNeedsReview:
    """A person must look: `reason` is the code of a problem, or "overpaid"."""

    collection_id: int
    reference: str
    amount_minor: int
    captured_minor: int
    currency: str
    reason: str


@event("payments.restated")
@dataclass(frozen=True, slots=True)
class PaymentRestated:
    """Any other change: a review was resolved, an authorisation released, a refund failed after all."""

    collection_id: int
    reference: str
    state: str
    authorised_minor: int
    captured_minor: int
    refunded_minor: int
    currency: str


@event("payments.tries_refused")
@dataclass(frozen=True, slots=True)
class PaymentTriesRefused:
    """Too many tries to pay within an hour, as when stolen cards are tested; told once an hour for each kind."""

    kind: str
    count: int


@event("payments.gift_card_due")
@dataclass(frozen=True, slots=True)
class GiftCardDue:
    """A gift card is to be sent to its recipient now (`again`: once more); whoever sends it asks for its code."""

    card_id: int
    again: bool = False
