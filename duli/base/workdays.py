"""Working days: on which days a place works, until when on each, and when it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(1, 8))
WEEK = frozenset(range(1, 6))
_LONGEST_CLOSED = 400


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """`days` are ISO weekdays (1 is Monday), `closed` are stretches (first day, last day), `cutoff` is local time."""

    time_zone: str
    days: frozenset[int] = EVERY_DAY
    closed: Sequence[tuple[date, date]] = ()
    cutoff: time | None = None

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.days and not any(first <= day <= last for first, last in self.closed)

    def next_day(self, day: date, days: frozenset[int] | None = None) -> date:
        """Return `day`, or the first working day after it; `days` are other weekdays than its own."""
        wanted = days or self.days or EVERY_DAY
        for _number in range(_LONGEST_CLOSED):
            if day.isoweekday() in wanted and not any(first <= day <= last for first, last in self.closed):
                break
            day += timedelta(days=1)
        return day

    def after(self, day: date, count: int, days: frozenset[int] | None = None) -> date:
        """Return the day `count` working days after `day`."""
        for _number in range(count):
            day = self.next_day(day + timedelta(days=1), days)
        return day

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(ZoneInfo(self.time_zone))

    def moment(self, day: date, at: time) -> datetime:
        """Return the instant at which clocks of the place show `at` on `day`."""
        return datetime.combine(day, at, ZoneInfo(self.time_zone))


def read_closed(rows: Sequence[Sequence[str]]) -> tuple[tuple[date, date], ...]:
    """Read stretches as they are stored: pairs of ISO dates."""
    return tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in rows)
