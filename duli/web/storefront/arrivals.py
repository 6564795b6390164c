"""When something arrives, in words: "arrives Tue, 2 Dec – Thu, 4 Dec", and how long one may still order for that."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_skeleton

from duli.base.clock import now
from duli.base.text import cldr_locale
from duli.commerce.shipping.estimates import Estimate
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.drops import HurryDrop
from duli.web.storefront.where import Where

_SOON = 24 * 3600


def days(first: date, last: date, here: Where) -> str:
    """Return a stretch of days with their weekdays; one day where both are the same."""
    locale = cldr_locale(here.language)
    begin, end = (format_skeleton("MMMEd", day, locale=locale) for day in (first, last))
    return begin if begin == end else f"{begin} – {end}"


def arrival(estimate: Estimate | None, here: Where, *, is_pickup: bool = False) -> str:
    """Return the sentence that says when it arrives, or lies ready; "" where nobody knows."""
    if estimate is None:
        return ""
    key = "delivery.ready" if is_pickup else "delivery.arrives"
    return theme_texts(here.language)(key, days=days(estimate.first, estimate.last, here))


def hurry(estimate: Estimate | None, here: Where, at: datetime | None = None) -> HurryDrop | None:
    """Return how long the promise holds, where that is soon over. A script counts on from these seconds, so that the
    shopper's clock does not matter.
    """
    if estimate is None or estimate.order_by is None:
        return None
    seconds = int((estimate.order_by - (at or now())).total_seconds())
    if not 60 <= seconds <= _SOON:
        return None
    texts = theme_texts(here.language)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    long, short = texts("delivery.within_hours"), texts("delivery.within_minutes")
    words = (long if hours else short).replace("{hours}", str(hours)).replace("{minutes}", str(minutes))
    return HurryDrop(words, seconds, long, short)
