"""A birthday on the page of the account: told by its owner, for presents, and only where the shop gives any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date, format_skeleton, get_month_names

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import cldr_locale
from duli.commerce.customers import services
from duli.commerce.customers.birthdays import FIXED
from duli.commerce.customers.selectors import birthday_of
from duli.commerce.membership.selectors import program
from duli.commerce.promotions.selectors import gives_on_birthdays
from duli.platform.store.days import day_of
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.where import Where


@dataclass(frozen=True, slots=True)
class BirthdayDrop:
    """What is told, the months to choose from, and from when on it may be told anew ("": now)."""

    month: int
    day: int
    words: str
    months: tuple[tuple[int, str], ...]
    fixed: str


def birthday_drop(customer_id: int | None, here: Where) -> BirthdayDrop | None:
    """Return what the page asks and says; None where nothing is given for it and nothing is kept."""
    row = birthday_of(customer_id) if customer_id is not None else None
    rules = program()
    gives = (rules.has_points and rules.birthday_points > 0) or gives_on_birthdays()
    if not gives and (row is None or row.month is None):
        return None
    locale = cldr_locale(here.language)
    names = get_month_names("wide", context="stand-alone", locale=locale)
    fixed, words = "", ""
    if row is not None and now() < row.told_at + FIXED:
        day = format_date(day_of(row.told_at + FIXED), "long", locale=locale)
        fixed = theme_texts(here.language)("birthday.fixed", date=day)
    if row is not None and row.month and row.day:
        # Of a year that has every day.
        words = str(format_skeleton("MMMMd", date(2000, row.month, row.day), locale=locale))
    months = tuple((number, names[number]) for number in range(1, 13))
    return BirthdayDrop((row.month if row else None) or 0, (row.day if row else None) or 0, words, months, fixed)


def keep_birthday(posted: Mapping[str, str], customer_id: int) -> None:
    """Do what the form asks: keep a day, or forget it. InvalidInput, BirthdayFixed."""
    if "forget" in posted:
        services.save_birthday(customer_id=customer_id, month=None, day=None)
        return
    month, day = (_number(posted.get(name, "")) for name in ("month", "day"))
    services.save_birthday(customer_id=customer_id, month=month, day=day)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3):
        raise InvalidInput(field="birthday")
    return int(text)
