"""Moments as shoppers read them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from duli.base.text import cldr_locale
from duli.platform.store.selectors import current_store
from duli.web.storefront.where import Where


def day(value: date, here: Where) -> str:
    """Return a day as readers of the language write it."""
    locale = cldr_locale(here.language)
    return format_date(value, "medium", locale=locale)


def written(moment: datetime | None, here: Where, *, with_time: bool = True) -> str:
    """Return a moment in the store's time zone as readers of the language write it."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(current_store().time_zone))
    locale = cldr_locale(here.language)
    if with_time:
        # To the minute: nobody asks for the seconds of an order.
        day, time = format_date(local.date(), "medium", locale=locale), format_time(local, "short", locale=locale)
        return f"{day} {time}"
    return format_date(local.date(), "medium", locale=locale)
