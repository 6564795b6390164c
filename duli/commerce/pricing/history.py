"""What the history of a price says about a reduction (directive 98/6/EC, article 6a).

Whoever announces a reduction must name the lowest price of the 30 days before it began, and count the saving from
that. A reduction is announced by a price with a former price beside it; it is announced anew when the price changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from duli.base.money import Money

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PastPrice:
    """A price from `since` on, until the next one; `compare_at_minor` is the former price shown beside it.

    `is_first_record` marks what was brought along from before the history began (an import, the first update that
    keeps a history): there the former price is the only record of what was asked before.
    """

    since: datetime
    minor: int
    compare_at_minor: int | None = None
    is_first_record: bool = False


def announced_at(history: Sequence[PastPrice]) -> datetime | None:
    """Return when the reduction that is in force at the end of `history` (oldest first) began; None without one.

    A former price that is only corrected does not begin a new one.
    """
    if not history or history[-1].compare_at_minor is None:
        return None
    start = history[-1]
    for entry in reversed(history[:-1]):
        if entry.minor != start.minor or entry.compare_at_minor is None:
            break
        start = entry
    return start.since


def lowest_before(history: Sequence[PastPrice], start: datetime) -> int | None:
    """Return the lowest price in force at any moment of the 30 days before `start`, in minor units; None if unknown.

    A price that ended exactly 30 days before is outside.
    """
    opening = start - WINDOW
    found = []
    for position, entry in enumerate(history):
        if entry.since >= start:
            break
        until = history[position + 1].since if position + 1 < len(history) else start
        if until > opening and until > entry.since:
            found.append(entry.minor)
    first = history[0] if history else None
    if first and first.is_first_record and first.compare_at_minor is not None and opening < first.since <= start:
        found.append(first.compare_at_minor)
    return min(found, default=None)


def shown_former(
    price: Money | None, compare_at: Money | None, lowest_before: Money | None, *, checked: bool
) -> Money | None:
    """Return the price to strike through, if any.

    Where reductions are `checked`, it is never above the lowest price of the 30 days before, and nothing is struck
    through unless the price is really lower than that.
    """
    if price is None or compare_at is None or not checked:
        return compare_at
    if lowest_before is None or lowest_before <= price:
        return None
    return min(compare_at, lowest_before)
