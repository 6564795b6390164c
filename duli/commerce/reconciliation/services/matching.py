"""Money that came in finds its orders, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput, NotFound
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.orders import services as orders
from duli.commerce.orders.locks import lock_orders
from duli.commerce.orders.models import Order
from duli.commerce.payments.selectors import collection_view
from duli.commerce.reconciliation import locks
from duli.commerce.reconciliation.models import StatementLine, StatementMatch
from duli.commerce.reconciliation.selectors import suggestions_for
from duli.commerce.reconciliation.states import Confidence, LineState
from duli.commerce.reconciliation.types import (
    CurrencyDiffers,
    LineMatched,
    Matched,
    NothingLeft,
    OwesOtherwise,
    Part,
    Suggestion,
)

MOST_PARTS = 50
MOST_AT_ONCE = 1000
CHUNK = 100
"""Lines whose suggestions are looked for together: a database takes so many values in one question."""


@transaction.atomic
def match(*, line_id: int, parts: Sequence[Part], actor: str) -> list[Matched]:
    """Let money of a line count for orders, whole or in parts; return how each order stands after it.

    Less than an order owes leaves the rest owed, more needs a person: it is given back by hand or as store credit. A
    part whose `shown_due` is not what the order owes by now is refused, and with it all. NothingLeft (somebody matched
    it already), OwesOtherwise, CurrencyDiffers, InvalidInput, NotFound.
    """
    line = locks.lock_line(line_id)
    ids = [part.order_id for part in parts]
    if not parts or len(parts) > MOST_PARTS or len(set(ids)) != len(ids) or any(part.minor <= 0 for part in parts):
        raise InvalidInput(field="amount")
    if line.state != LineState.OPEN or sum(part.minor for part in parts) > line.left_minor:
        raise NothingLeft()
    found = lock_orders(ids)
    matched = [_count(line, found[part.order_id], part, actor) for part in sorted(parts, key=lambda p: p.order_id)]
    line.matched_minor += sum(part.minor for part in parts)
    line.state = LineState.MATCHED if not line.left_minor else LineState.OPEN
    line.save(update_fields=["matched_minor", "state"])
    return matched


def _count(line: StatementLine, order: Order, part: Part, actor: str) -> Matched:
    number = order.number or ""
    if order.currency != line.currency:
        raise CurrencyDiffers(number=number, given=line.currency, expected=order.currency)
    if order.payment_collection_id is None:
        raise NotFound()
    due = collection_view(order.payment_collection_id).due.minor
    if part.shown_due is not None and part.shown_due != due:
        raise OwesOtherwise(number=number)
    row = StatementMatch.objects.create(
        line=line, order=order, amount_minor=part.minor, due_minor=due, actor=actor, created_at=now()
    )
    orders.note_received(
        order_id=order.pk,
        amount=Money(part.minor, line.currency),
        actor=actor,
        idempotency_key=key_of(row),
        note=" · ".join(filter(None, [line.booked_on.isoformat(), line.payer, line.text]))[:500],
    )
    return Matched(
        order_id=order.pk,
        number=number,
        amount=Money(part.minor, line.currency),
        still_due=Money(max(0, due - part.minor), line.currency),
        too_much=Money(max(0, part.minor - due), line.currency),
    )


def key_of(row: StatementMatch) -> str:
    """Return the key under which a match's money is noted with the order."""
    return f"statement:{row.pk}"


def match_sure(*, actor: str) -> int:
    """Accept every suggestion that is sure, one transaction each; return how many.

    What somebody else matched meanwhile, or an order that owes something else by now, is passed over.
    """
    done = 0
    lines = list(StatementLine.objects.filter(state=LineState.OPEN).order_by("booked_on", "pk")[:MOST_AT_ONCE])
    for line_id, best in _sure(lines):
        try:
            match(line_id=line_id, parts=[Part(best.order_id, best.due.minor, best.due.minor)], actor=actor)
        except DuliError:
            continue
        done += 1
    return done


def _sure(lines: Sequence[StatementLine]) -> Iterator[tuple[int, Suggestion]]:
    for start in range(0, len(lines), CHUNK):
        for line_id, found in suggestions_for(lines[start : start + CHUNK]).items():
            if found and found[0].confidence == Confidence.SURE:
                yield line_id, found[0]


@transaction.atomic
def undo_match(*, match_id: int, actor: str) -> StatementMatch:
    """Take the money of a match off its order again: the order owes it as before, the line is to be matched anew.

    Both stay in the history. A second time changes nothing. NotFound, AlreadyGivenBack (some of it was refunded).
    """
    row = StatementMatch.objects.filter(pk=match_id).first()
    if row is None:
        raise NotFound()
    line = locks.lock_line(row.line_id)
    row.refresh_from_db()
    if row.undone_at is not None:
        return row
    orders.take_off_received(order_id=row.order_id, actor=actor, idempotency_key=key_of(row))
    row.undone_at, row.undone_by = now(), actor
    row.save(update_fields=["undone_at", "undone_by"])
    line.matched_minor -= row.amount_minor
    line.state = LineState.OPEN
    line.save(update_fields=["matched_minor", "state"])
    return row


@transaction.atomic
def ignore_line(*, line_id: int, note: str, actor: str) -> StatementLine:
    """Set a line aside that pays no order (a loan, a refund by a supplier). LineMatched, NotFound."""
    line = locks.lock_line(line_id)
    if line.matched_minor:
        raise LineMatched()
    line.state, line.note = LineState.IGNORED, one_line(note, 255)
    line.save(update_fields=["state", "note"])
    return line


@transaction.atomic
def reopen_line(*, line_id: int, actor: str) -> StatementLine:
    """Take a line up again that was set aside; any other stays as it is. NotFound."""
    line = locks.lock_line(line_id)
    if line.state == LineState.IGNORED:
        line.state, line.note = LineState.OPEN, ""
        line.save(update_fields=["state", "note"])
    return line
