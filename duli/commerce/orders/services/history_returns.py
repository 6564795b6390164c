"""Returns of an order that is kept as history: where they stood, and what was said of their goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from duli.base.errors import InvalidInput
from duli.commerce.orders.models import Order, OrderLine, OrderReturn, ReturnLine
from duli.commerce.orders.services.history_keys import count_on_behind, free_key
from duli.commerce.orders.services.returns import number_of_return
from duli.commerce.orders.states import ReturnKind, ReturnProgress, return_state_of


@dataclass(frozen=True, slots=True)
class HistoricReturnLine:
    """Units of one line, by its place in the order."""

    place: int
    quantity: int
    reason: str = ""
    received_quantity: int = 0
    condition: str = ""
    restocked_quantity: int = 0


@dataclass(frozen=True, slots=True)
class HistoricReturn:
    number: str
    requested_at: datetime
    lines: Sequence[HistoricReturnLine]
    kind: str = ReturnKind.RETURN
    state: str = ReturnProgress.COMPLETED
    outcome: str = ""
    note: str = ""
    answer: str = ""
    declarant: str = ""
    receipt_to: str = ""
    tracking_number: str = ""
    decided_at: datetime | None = None
    received_at: datetime | None = None
    completed_at: datetime | None = None


def write_returns(order: Order, returns: Sequence[HistoricReturn], lines: Sequence[OrderLine], actor: str) -> None:
    """Write the returns of an order that was just imported, in the caller's transaction; nothing moves, nobody is told.

    A number that another return bears already is given anew. Raises InvalidInput for a line that the order has not.
    """
    for place, told in enumerate(returns):
        if not told.lines or any(not 0 <= line.place < len(lines) for line in told.lines):
            raise InvalidInput(field="returns")
        is_free = bool(told.number) and not OrderReturn.objects.filter(number=told.number).exists()
        row = OrderReturn.objects.create(
            pk=free_key(OrderReturn, told.number[1:]) if is_free else None,
            order=order,
            number=told.number if is_free else None,
            idempotency_key=f"{order.pk}:history:{place}",
            actor=actor,
            **{name: getattr(told, name) for name in _SAME},
        )
        if not is_free:
            row.number = number_of_return(row)
            row.save(update_fields=["number"])
        ReturnLine.objects.bulk_create(
            ReturnLine(
                order_return=row,
                order_line=lines[line.place],
                quantity=line.quantity,
                reason=line.reason,
                received_quantity=line.received_quantity,
                condition=line.condition,
                restocked_quantity=line.restocked_quantity,
            )
            for line in told.lines
        )
    if returns:
        count_on_behind(OrderReturn)
        order.return_state = return_state_of(told.state for told in returns)
        order.save(update_fields=["return_state"])


_SAME = (
    *("kind", "state", "outcome", "note", "answer", "declarant", "receipt_to", "tracking_number"),
    *("requested_at", "decided_at", "received_at", "completed_at"),
)
