"""On which days birthdays are kept: pure, days of the store."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import Final

FIXED: Final = timedelta(days=365)
"""A birthday is told at most so often: otherwise everybody has one each week."""
LATE: Final = 2
"""Days after a birthday on which what was due is still given: nobody pays for a night on which the shop stood."""
AGAIN: Final = timedelta(days=335)
"""So long after a present there is no other one, whatever the calendar says."""
_LEAP: Final = 2000


def is_day(month: int, day: int) -> bool:
    """Whether there is such a day in any year; the 29th of February is one."""
    try:
        date(_LEAP, month, day)
    except ValueError:
        return False
    return True


def kept_on(month: int, day: int, year: int) -> date:
    """Return the day on which a birthday is kept in a year: in years without a 29th of February, on the 28th."""
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, month, day)


def kept_between(first: date, last: date) -> dict[tuple[int, int], date]:
    """Return by (month, day) which birthdays are kept from one day to another, at most a year apart, and when."""
    found: dict[tuple[int, int], date] = {}
    day = first
    while day <= last:
        found[day.month, day.day] = day
        if (day.month, day.day) == (2, 28) and not isleap(day.year):
            found[2, 29] = day
        day += timedelta(days=1)
    return found
