"""What only our own export of orders says: parcels with their numbers, and addresses taken as they were."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime

from duli.base.text import one_line
from duli.commerce.customers.types import Address
from duli.commerce.exchange.types import Row, ValueUnknown
from duli.commerce.orders.part_text import WrittenPart, parts_from_text
from duli.commerce.orders.services.history import HistoricParcel
from duli.commerce.orders.states import ParcelState

MOST_PARCELS = 500


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
                shipped_at=datetime.fromisoformat(shipped),
                delivered_at=datetime.fromisoformat(delivered) if delivered else None,
            )
            for state, carrier, number, shipped, delivered in parcels
        ]
    except (TypeError, ValueError, RecursionError):
        raise ValueUnknown(field="parcels", column="Parcels", value=one_line(text, 40)) from None


def own_parts(text: str) -> list[WrittenPart]:
    """Read what a bundle's line consists of. ValueUnknown."""
    try:
        return parts_from_text(text)
    except (ValueError, OverflowError):
        raise ValueUnknown(field="line_parts", column="Lineitem parts", value=one_line(text, 60)) from None
