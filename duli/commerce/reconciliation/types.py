from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money


def _(message: str) -> str:
    return message


class NothingLeft(Conflict):
    """Somebody matched this money already, or more is asked of the line than is left of it."""

    code = "nothing_left"
    message = _("So much is not left of this line: somebody has matched it already. Please look at it again.")


class OwesOtherwise(Conflict):
    """The order owes another amount than was shown."""

    code = "owes_otherwise"
    message = _("Order %(number)s owes another amount by now. Please look at it again.")


class LineMatched(Conflict):
    code = "line_matched"
    message = _("Money of this line counts for an order. Undo the match first.")


class CurrencyDiffers(Conflict):
    code = "currency_differs"
    message = _("This money is in %(given)s, order %(number)s in %(expected)s.")


class TooManyProofs(DuliError):
    code = "too_many_proofs"
    message = _("We have received %(most)s files for this order. Please write to us if something is missing.")
    status = 422


class NoTransferDue(Conflict):
    code = "no_transfer_due"
    message = _("Nothing is to be transferred for this order.")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a line goes to an order; `shown_due` is what that order owed when it was chosen (None: not asked)."""

    order_id: int
    minor: int
    shown_due: int | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of a match: how much the order still owes, or has got too much."""

    order_id: int
    number: str
    amount: Money
    still_due: Money
    too_much: Money


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order that a line may pay. `difference` is what it would get too much (below nothing: too little)."""

    order_id: int
    number: str
    customer: str
    status: str
    payment_state: str
    due: Money
    difference: Money
    confidence: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatchView:
    id: int
    order_id: int
    number: str
    amount: Money
    due_before: Money
    actor: str
    created_at: datetime
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class LineView:
    id: int
    booked_on: date
    amount: Money
    left: Money
    payer: str
    payer_account: str
    text: str
    reference: str
    account: str
    state: str
    note: str
    statement_name: str
    orders: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ColumnsToChoose:
    """A table that nobody knows: `rows` are its first, `guess` what its headings probably mean."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    guess: Mapping[str, Sequence[str]]
    account: str
    currency: str


@dataclass(frozen=True, slots=True)
class ProofView:
    id: int
    file_id: int
    name: str
    mime: str
    created_at: datetime
