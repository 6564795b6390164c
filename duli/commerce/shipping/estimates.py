"""When a parcel arrives: the promise behind "order within two hours, arrives Tuesday to Thursday"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from duli.base.workdays import WEEK, WorkCalendar


@dataclass(frozen=True, slots=True)
class Terms:
    """What a method promises.

    `handling_days` are working days of the place between the order and the parcel leaving; `first` and `last` days on
    the way, of all days or of Monday to Friday. `cutoff` goes before that of the place.
    """

    first: int
    last: int
    handling_days: int = 0
    on_weekdays: bool = False
    cutoff: time | None = None


NO_TERMS = Terms(0, 0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """`order_by` is the instant until which it holds; None where no hour is set, and it holds until the day ends."""

    order_by: datetime | None
    leaves_on: date
    first: date
    last: date
    until: datetime


def estimate(terms: Terms, calendar: WorkCalendar, instant: datetime) -> Estimate:
    """Return when what is ordered at `instant` leaves and arrives."""
    local = calendar.local(instant)
    cutoff = terms.cutoff or calendar.cutoff
    today = local.date()
    started = calendar.next_day(today)
    if cutoff is not None and started == today and instant >= calendar.moment(today, cutoff):
        started = calendar.next_day(today + timedelta(days=1))
    leaves_on = calendar.after(started, terms.handling_days)
    order_by = calendar.moment(started, cutoff) if cutoff is not None else None
    return Estimate(
        order_by=order_by,
        leaves_on=leaves_on,
        first=_arrives(leaves_on, terms.first, terms, calendar),
        last=_arrives(leaves_on, terms.last, terms, calendar),
        until=order_by or calendar.moment(today + timedelta(days=1), time()),
    )


def _arrives(leaves_on: date, days: int, terms: Terms, calendar: WorkCalendar) -> date:
    if terms.on_weekdays:
        return calendar.after(leaves_on, days, WEEK)
    return leaves_on + timedelta(days=days)
