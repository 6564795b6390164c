"""What only our own export of orders says: parcels with their numbers, returns, and addresses taken as they were."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from duli.base.text import one_line, without_control
from duli.commerce.customers.types import Address
from duli.commerce.exchange.types import Row, ValueUnknown
from duli.commerce.orders.part_text import WrittenPart, parts_from_text
from duli.commerce.orders.services.history import HistoricParcel
from duli.commerce.orders.services.history_returns import HistoricReturn, HistoricReturnLine
from duli.commerce.orders.states import Condition, ParcelState, ReturnKind, ReturnOutcome, ReturnProgress

MOST_PARCELS = 500
MOST_RETURNS = 500
LONGEST_NOTE = 2000
MOST_UNITS = 1_000_000


def own_addresses(head: Row) -> tuple[Address | None, Address | None]:
    """Return where an order went and whom it was invoiced to."""
    names = [field.name for field in fields(Address)]
    written = [{name: head.get(f"{side}_{name}")[:200] for name in names} for side in ("shipping", "billing")]
    shipping, billing = (Address.from_json(parts) if any(parts.values()) else None for parts in written)
    return shipping, billing


def own_parcels(text: str) -> list[HistoricParcel]:
    """Read the parcels as our own export writes them: [[state, carrier, number, shipped, delivered], …]."""
    try:
        found = json.loads(text or "[]")
        if not isinstance(found, list) or len(found) > MOST_PARCELS:
            raise TypeError
        parcels = [tuple(map(str, parcel)) for parcel in found]
        return [
            HistoricParcel(
                state=ParcelState(state),
                carrier=one_line(carrier, 40),
                tracking_number=one_line(number, 80),
                shipped_at=_instant(shipped),
                delivered_at=_instant(delivered) if delivered else None,
            )
            for state, carrier, number, shipped, delivered in parcels
        ]
    except (TypeError, ValueError, RecursionError):
        raise ValueUnknown(field="parcels", column="Parcels", value=one_line(text, 40)) from None


def own_returns(text: str) -> list[HistoricReturn]:
    """Read the returns as our own export writes them: a list of objects, each with its lines."""
    try:
        found = json.loads(text or "[]")
        if not isinstance(found, list) or len(found) > MOST_RETURNS:
            raise TypeError
        return [_return(told) for told in found]
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        raise ValueUnknown(field="returns", column="Returns", value=one_line(text, 40)) from None


def _return(told: Any) -> HistoricReturn:
    def line_of(name: str, length: int) -> str:
        return one_line(str(told.get(name, "")), length)

    def note(name: str) -> str:
        return without_control(str(told.get(name, "")))[:LONGEST_NOTE]

    times = {name: _instant(told[name]) for name in ("decided_at", "received_at", "completed_at") if told.get(name)}
    return HistoricReturn(
        number=line_of("number", 24),
        kind=ReturnKind(told["kind"]),
        state=ReturnProgress(told["state"]),
        outcome=ReturnOutcome(told["outcome"]) if told.get("outcome") else "",
        note=note("note"),
        answer=note("answer"),
        declarant=line_of("declarant", 120),
        receipt_to=line_of("receipt_to", 254),
        tracking_number=line_of("tracking_number", 80),
        requested_at=_instant(told["requested_at"]),
        lines=[_return_line(*line) for line in told["lines"]],
        **times,
    )


def _return_line(
    place: Any, quantity: Any, reason: Any, received: Any, condition: Any, restocked: Any
) -> HistoricReturnLine:
    numbers = [int(number) for number in (place, quantity, received, restocked)]
    if not all(0 <= number <= MOST_UNITS for number in numbers):
        raise ValueError(place)
    return HistoricReturnLine(
        place=numbers[0],
        quantity=numbers[1],
        reason=one_line(str(reason), 20),
        received_quantity=numbers[2],
        condition=Condition(condition) if condition else "",
        restocked_quantity=numbers[3],
    )


def _instant(text: Any) -> datetime:
    """Read an instant with its zone. ValueError."""
    found = datetime.fromisoformat(str(text))
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def own_parts(text: str) -> list[WrittenPart]:
    """Read what a bundle's line consists of. ValueUnknown."""
    try:
        return parts_from_text(text)
    except (ValueError, OverflowError):
        raise ValueUnknown(field="line_parts", column="Lineitem parts", value=one_line(text, 60)) from None
