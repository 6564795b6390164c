from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from duli.base.errors import Conflict, DuliError, InvalidInput
from duli.base.money import Money
from duli.commerce.payments.gateway import Kind, SettingField
from duli.commerce.payments.rules import MethodRules


def _(message: str) -> str:
    return message


class UnknownMethod(InvalidInput):
    """No such payment method, or it is switched off."""

    code = "unknown_payment_method"
    message = _("This payment method is not available. Please choose another.")


class SetupIncomplete(DuliError):
    """A payment method cannot be tried before everything it needs is stored; `fields` names what is missing."""

    code = "setup_incomplete"
    message = _("Fill in and save first: %(fields)s")
    status = 422


class CollectionClosed(Conflict):
    """Nobody should pay this any more (the order was cancelled)."""

    code = "payment_closed"
    message = _("This payment is closed. Please order again.")


class AlreadyPaid(Conflict):
    code = "already_paid"
    message = _("This is already paid.")


class ReferenceTaken(Conflict):
    """The reference was opened before, for another amount."""

    code = "payment_reference_taken"
    message = _("A payment with this reference exists with another amount.")


class IdempotencyConflict(Conflict):
    """The same key was used for something else."""

    code = "idempotency_conflict"
    message = _("This request was made before with other values.")


class WrongCurrency(InvalidInput):
    code = "wrong_currency"
    message = _("This payment is in %(expected)s, not in %(given)s.")


class RefundTooLarge(DuliError):
    """More than can be given back in one go; `available` says how much can."""

    code = "refund_too_large"
    message = _("At most %(available)s can be refunded.")
    status = 422


class CaptureTooLarge(InvalidInput):
    code = "capture_too_large"
    message = _("This is more than was authorised.")


class TooManyTries(DuliError):
    """Somebody tries to pay by far too often; `kind` is what was counted: order, email, address or card."""

    code = "too_many_payments"
    message = _("There were too many payment attempts. Please wait an hour, or write to us.")
    status = 429

    def __init__(self, *, kind: str, count: int) -> None:
        super().__init__(kind=kind, count=count)
        self.kind = kind
        self.count = count


class ChallengeNeeded(DuliError):
    """So many tries that a person has to show that they are one; then the payment may start."""

    code = "payment_challenge"
    message = _("There were several payment attempts. Please confirm on the order's page that you are a person.")
    status = 429


class NotReceived(Conflict):
    """No money was noted under this key, so none can be taken off again."""

    code = "not_received"
    message = _("This money was never noted here.")


class AlreadyGivenBack(Conflict):
    """Too much of the money went back or belongs to another order by now."""

    code = "already_given_back"
    message = _("This money cannot be taken off any more: some of it was refunded or belongs to another order by now.")


class NothingAuthorised(Conflict):
    code = "nothing_authorised"
    message = _("There is no authorised payment to capture.")


@dataclass(frozen=True, slots=True)
class MethodView:
    """A way to pay, in the reader's language. `kind`: redirect, qr, form, offline or on_delivery."""

    code: str
    name: str
    description: str
    kind: Kind
    settles_on_delivery: bool
    is_test: bool


@dataclass(frozen=True, slots=True)
class CollectionView:
    id: int
    reference: str
    label: str
    state: str
    method_code: str
    amount: Money
    authorised: Money
    captured: Money
    refunded: Money
    disputed: Money
    charged_back: Money
    due: Money
    is_closed: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EventView:
    """One stored message; `amount` is None where the message names none."""

    id: int
    provider: str
    external_id: str
    kind: str
    amount: Money | None
    transaction_id: str
    actor: str
    note: str
    error_code: str
    error_message: str
    problem: str
    resolution: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try with what the provider said about it, raw references included."""

    id: int
    gateway: str
    state: str
    amount: Money
    token: str
    external_id: str
    error_code: str
    error_message: str
    created_at: datetime
    events: Sequence[EventView]
    test_mode: bool = False
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def payer(self) -> str:
        """What the provider says it was paid with, as people write it: "visa •••• 4242 12/2030"."""
        last4 = self.details.get("last4", "")
        parts = (self.details.get("brand", ""), f"•••• {last4}" if last4 else "", self.details.get("expiry", ""))
        return " ".join(filter(None, parts)) or self.details.get("payer", "")


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A payer asks their bank for the money back; `respond_by` (UTC) is the last moment for evidence."""

    id: int
    amount: Money
    state: str
    external_id: str
    reason: str
    respond_by: datetime | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedMovement:
    """Money that a provider said it took ("captured") or gave back ("refunded"), as the shop counts it.

    `token` is ours: the attempt's, or the refund's where the shop asked for it. `label` is what people call it.
    """

    kind: str
    token: str
    transaction_id: str
    amount: Money
    reference: str
    label: str


@dataclass(frozen=True, slots=True)
class RefundView:
    id: int
    amount: Money
    state: str
    external_id: str
    reason: str
    actor: str
    error_message: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReassignedView:
    """Money that `came` from another collection, or went there; `label` is what people call that one."""

    label: str
    amount: Money
    came: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentHistory:
    """`loose_events` belong to no attempt: money that staff recorded."""

    attempts: Sequence[AttemptView]
    loose_events: Sequence[EventView]
    refunds: Sequence[RefundView]
    reassigned: Sequence[ReassignedView] = ()
    disputes: Sequence[DisputeView] = ()


@dataclass(frozen=True, slots=True)
class GatewayForm:
    """A gateway as the merchant's settings page shows it: `values` in clear but for secrets.

    `secrets_set` names the secret fields that have a value; the values themselves are not here. `for_test`: these are
    the keys for trying out. `guide` says where the keys are found, `can_check` that they can be tried.
    """

    code: str
    name: str
    description: str
    enabled: bool
    position: int
    test_mode: bool
    fields: Sequence[SettingField]
    values: Mapping[str, Any]
    secrets_set: frozenset[str]
    for_test: bool
    has_test_mode: bool
    can_check: bool
    guide: Sequence[str]
    rules: MethodRules
