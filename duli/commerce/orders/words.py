"""What codes of an order mean to a reader, in the language that is spoken: where it came from, how it was paid."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

from duli.commerce.orders.states import TEST_SOURCE
from duli.commerce.payments.selectors import method
from duli.platform.store.selectors import market_by_code

SOURCES: Final[dict[str, Promise]] = {
    "storefront": pgettext_lazy("where an order came from", "Store"),
    "desk": pgettext_lazy("where an order came from", "Draft of staff"),
    TEST_SOURCE: pgettext_lazy("where an order came from", "Trial order"),
    "import": pgettext_lazy("where an order came from", "Imported"),
}


def source_words(source: str) -> str:
    """Return where an order came from; a place that nothing is known of by its own name."""
    kind, _colon, which = source.partition(":")
    return " · ".join(filter(None, [str(SOURCES.get(kind, kind)), which]))


def payment_words(code: str) -> str:
    """Return what the way to pay is called; one whose plugin is gone, or of an old shop, as it was written."""
    known = method(code=code, language=get_language() or "en") if code else None
    return known.name if known else code


def market_words(code: str) -> str:
    """Return the market's name, or the code of one that is gone."""
    known = market_by_code(code)
    return known.name if known else code


def country_words(code: str) -> str:
    """Return the country's name, or the code where there is none."""
    return str(_locale(get_language() or "en").territories.get(code, code))


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
