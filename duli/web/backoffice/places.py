"""Countries and languages by name, in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import get_language

from duli.commerce.checkout.selectors import all_countries
from duli.commerce.customers.addresses import lines
from duli.commerce.customers.types import Address
from duli.commerce.inventory.selectors import home_country


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def country_name(code: str) -> str:
    """Return the country's name, or the code where there is none."""
    return str(_locale(get_language() or "en").territories.get(code, code))


_OURS = dict(settings.LANGUAGES)


def on_label(address: Address) -> list[str]:
    """Return the lines of an address as on a label, a foreign country named in the reader's language."""
    return lines(address, home=home_country(), language=get_language() or "en")


def language_name(code: str) -> str:
    """Return a language's name in that language: English, 简体中文 (which CLDR calls 中文 (简体))."""
    if code in _OURS:
        return _OURS[code]
    try:
        return str(Locale.parse(code, sep="-").display_name)
    except (UnknownLocaleError, ValueError):
        return code


def country_choices() -> list[tuple[str, str]]:
    """Return every country that addresses are known of, by name."""
    return list(all_countries(get_language() or "en"))
