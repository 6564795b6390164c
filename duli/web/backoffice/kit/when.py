"""Instants as people of the shop read them: "Today 14:36", "昨天 22:14", "3 Oct", in the store's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date, format_skeleton, format_time
from django.utils import timezone
from django.utils.translation import get_language, gettext

from duli.base.clock import now


def locale() -> str:
    """Return Babel's name of the active language."""
    return "zh_Hans_CN" if (get_language() or "").startswith("zh") else "en_GB"


def day_words(instant: datetime) -> str:
    """Return the day of `instant` in words; the year only if it is not this one."""
    local = timezone.localtime(instant)
    today = timezone.localtime(now()).date()
    if local.date() == today:
        return gettext("Today")
    if local.date() == today - timedelta(days=1):
        return gettext("Yesterday")
    if local.year == today.year:
        return format_skeleton("MMMd", local, locale=locale())
    return format_date(local.date(), format="medium", locale=locale())


def date_words(day: date) -> str:
    """Return a day that stands by itself, such as that on a post."""
    return format_date(day, format="medium", locale=locale())


def clock_words(instant: datetime) -> str:
    """Return the time of day."""
    return format_time(timezone.localtime(instant).time(), format="HH:mm", locale=locale())


def when_words(instant: datetime) -> str:
    """Return day and time of day in words."""
    return f"{day_words(instant)} {clock_words(instant)}"


def exact_words(instant: datetime) -> str:
    """Return the instant in full, for the hint on a shorter one."""
    local = timezone.localtime(instant)
    return f"{format_date(local.date(), format='long', locale=locale())} {clock_words(instant)} {local.tzname()}"
