"""What is promised: hours, working days and holidays of the place, days on the way."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from duli.base.workdays import EVERY_DAY, WEEK, WorkCalendar
from duli.commerce.shipping.estimates import Terms, estimate

ZONE = "Asia/Shanghai"
WORKS = WorkCalendar(ZONE, WEEK, ((date(2026, 12, 7), date(2026, 12, 8)),), time(15))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of December 2026, whose first day is a Tuesday."""
    return datetime(2026, 12, day, hour, minute, tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("instant", "terms", "leaves", "first", "last", "order_by"),
    [
        (at(1, 14, 59), Terms(1, 3), 1, 2, 4, at(1, 15)),
        (at(1, 15), Terms(1, 3), 2, 3, 5, at(2, 15)),
        (at(1, 9), Terms(1, 3, cutoff=time(8)), 2, 3, 5, at(2, 8)),
        # Friday after the hour: the weekend and two closed days lie between.
        (at(4, 16), Terms(1, 2), 9, 10, 11, at(9, 15)),
        (at(3, 10), Terms(2, 3, handling_days=1), 4, 6, 7, at(3, 15)),
        (at(3, 10), Terms(2, 3, handling_days=1, on_weekdays=True), 4, 10, 11, at(3, 15)),
        (at(5, 10), Terms(0, 0), 9, 9, 9, at(9, 15)),
    ],
)  # fmt: skip
def test_days(instant: datetime, terms: Terms, leaves: int, first: int, last: int, order_by: datetime) -> None:
    found = estimate(terms, WORKS, instant)
    assert (found.leaves_on.day, found.first.day, found.last.day, found.order_by) == (leaves, first, last, order_by)


def test_without_an_hour_it_holds_until_the_day_ends() -> None:
    found = estimate(Terms(1, 1), WorkCalendar(ZONE), at(1, 23, 59))
    assert (found.order_by, found.first.day, found.until) == (None, 2, at(2, 0))
    # The server may stand elsewhere: the day is that of the place.
    assert estimate(Terms(0, 0), WorkCalendar("America/Los_Angeles"), at(2, 9)).first.day == 1
    assert estimate(Terms(0, 0), WorkCalendar(ZONE, frozenset(), (), None), at(2, 9)).first.day == 2
    assert frozenset(range(1, 8)) == EVERY_DAY
