"""Days of the store: where one begins and ends in its own zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from duli.platform.store.selectors import current_store

# Every zone's midnight of these days is a moment that a database can keep in UTC, and so is the next one.
_FIRST: Final = date(1, 1, 3)
_LAST: Final = date(9999, 12, 28)


def day_begins(day: date) -> datetime:
    """Return the first moment of a day of the store; what no shop has lived through begins at the ends of time."""
    return datetime.combine(min(max(day, _FIRST), _LAST), time.min, ZoneInfo(current_store().time_zone))


def day_of(moment: datetime) -> date:
    """Return the day of the store on which a moment is."""
    return moment.astimezone(ZoneInfo(current_store().time_zone)).date()


def day_ends(day: date) -> datetime:
    """Return the first moment after a day of the store."""
    return day_begins(min(day, _LAST) + timedelta(days=1))
