"""Instants as people of the shop read them: "Today 14:36", "昨天 22:14", "3 Oct", in the store's time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from babel.dates import format_date, format_skeleton, format_time
from django.utils import timezone
from django.utils.translation import get_language, gettext

from duli.base.clock import now


def locale() -> str:
    """Return Babel's name of the active language."""
    return "zh_Hans_CN" if (get_language() or "").startswith("zh") else "en_GB"


def today() -> date:
    """Return the day it is where the shop is."""
    return timezone.localtime(now()).date()


def day_words(instant: datetime) -> str:
    """Return the day of `instant` in words; the year only if it is not this one."""
    local = timezone.localtime(instant)
    present = today()
    if local.date() == present:
        return gettext("Today")
    if local.date() == present - timedelta(days=1):
        return gettext("Yesterday")
    if local.year == present.year:
        return _day(local.date(), "short", locale())
    return _day(local.date(), "medium", locale())


def date_words(day: date) -> str:
    """Return a day that stands by itself, such as that on a post."""
    return format_date(day, format="medium", locale=locale())


def clock_words(instant: datetime) -> str:
    """Return the time of day."""
    local = timezone.localtime(instant)
    return _clock(local.hour, local.minute, locale())


@lru_cache(maxsize=3000)
def _clock(hour: int, minute: int, language: str) -> str:
    return format_time(time(hour, minute), format="HH:mm", locale=language)


@lru_cache(maxsize=2000)
def _day(day: date, style: str, language: str) -> str:
    if style == "short":
        return format_skeleton("MMMd", day, locale=language)
    return format_date(day, format=style, locale=language)


def when_words(instant: datetime) -> str:
    """Return day and time of day in words."""
    return f"{day_words(instant)} {clock_words(instant)}"


def exact_words(instant: datetime) -> str:
    """Return the instant in full, for the hint on a shorter one."""
    local = timezone.localtime(instant)
    return f"{_day(local.date(), 'long', locale())} {clock_words(instant)} {local.tzname()}"
