"""What the page of a draft looks up."""

from __future__ import annotations

from dataclasses import dataclass

from duli.commerce.customers.selectors import matching
from duli.web.backoffice.selectors.customers import name_of

SHOWN = 8


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A customer that a draft can be made for."""

    id: int
    name: str
    contact: str
    orders: int


def people_matching(text: str) -> list[FoundPerson]:
    """Return customers by any part of name, pinyin, phone or e-mail, the latest buyers first (one query)."""
    rows = matching(text).order_by("-last_order_at", "-pk")[:SHOWN]
    return [
        FoundPerson(row.pk, name_of(row), " · ".join(filter(None, [row.email, row.phone])), row.orders_count)
        for row in rows
    ]
