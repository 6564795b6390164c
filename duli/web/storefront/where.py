"""Where a shopper is: language, market and the addresses that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from babel.numbers import get_currency_name
from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from duli.base.money import Money
from duli.base.text import cldr_locale
from duli.commerce.assortment.types import ProductCard, VariantView
from duli.commerce.customers.selectors import customer_of, groups_of
from duli.commerce.pricing.history import shown_former
from duli.commerce.promotions.shelf import Shopper, asks_who
from duli.platform.store.selectors import current_store, languages, market_by_code, market_for_language
from duli.platform.store.types import MarketView
from duli.platform.themes.engine import theme_texts

LANGUAGE_NAMES = {
    "zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English", "ja": "日本語", "ko": "한국어", "de": "Deutsch",
    "fr": "Français", "es": "Español", "it": "Italiano", "pt": "Português", "nl": "Nederlands", "ru": "Русский",
}  # fmt: skip

MARKET_COOKIE = "market"


@dataclass(frozen=True, slots=True)
class Where:
    """`prefix` is "" for the store's own language and "/en" for another one."""

    language: str
    prefix: str
    market: MarketView
    is_member: bool = False
    tags: frozenset[str] = frozenset()
    """Whose prices are shown, where they differ by customer."""

    @property
    def shopper(self) -> Shopper:
        return Shopper(self.market.code, self.market.currency, self.language, self.is_member, self.tags)

    @property
    def currency(self) -> str:
        return self.market.currency

    def url(self, path: str) -> SafeString:
        """Return the address of a path of the shop ("/cart") in this language."""
        return mark_safe(self.prefix + path)  # noqa: S308  (handles are ASCII words, prefixes are language codes)

    def money(self, amount: Money | None) -> str:
        """Return an amount as a price tag shows it: no decimals where they are zero."""
        return price_tag(amount, self.language) if amount is not None else ""

    def former(self, priced: ProductCard | VariantView) -> Money | None:
        """Return the price to strike through here, if this market lets any be."""
        checked = self.market.checks_reductions
        return shown_former(priced.price, priced.compare_at, priced.lowest_before, checked=checked)

    def lowest_note(self, priced: ProductCard | VariantView) -> str:
        """Return the sentence that a struck-through price needs in this market; "" where it needs none."""
        if not self.market.checks_reductions or priced.lowest_before is None or self.former(priced) is None:
            return ""
        return theme_texts(self.language)("card.lowest_30_days", price=self.money(priced.lowest_before))


def price_tag(amount: Money, language: str) -> str:
    """Return the amount written for readers of `language`, without decimals that are all zero."""
    written = amount.format(language)
    for mark in (".00", ",00"):
        if mark in written:
            return written.replace(mark, "")
    return written


def currency_name(code: str, language: str) -> str:
    """Return what money of a currency is called: "US dollars", 美元 (CLDR)."""
    return str(get_currency_name(code, count=2, locale=cldr_locale(language)))


def prefix_of(language: str) -> str:
    """Return "" for the store's own language, else the first part of its addresses."""
    return "" if language == current_store().default_language else f"/{language}"


def language_in(path: str) -> str:
    """Return the other language that `path` ("/en/products/x") begins with, or ""."""
    first = path[1 : path.find("/", 1) if path.find("/", 1) > 0 else None]
    if 2 <= len(first) <= 12 and first != current_store().default_language and first in languages():
        return first
    return ""


def where(request: HttpRequest) -> Where:
    """Return where the shopper is; the middleware found the language in the address."""
    found: Where | None = getattr(request, "where", None)
    if found is None:
        found = _known(where_in(language_of(request), chosen_market(request)), request)
        request.where = found  # type: ignore[attr-defined]
    return found


def language_of(request: HttpRequest) -> str:
    """Return the language of the address, as the middleware found it."""
    return getattr(request, "storefront_language", "") or current_store().default_language


def _known(here: Where, request: HttpRequest) -> Where:
    """Return the place with who looks, if prices ask for it and somebody is signed in."""
    if not asks_who(here.currency, here.language) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return here
    customer = customer_of(request.user.pk) if request.user.is_authenticated and request.user.pk else None
    if customer is None:
        return here
    return replace(here, is_member=True, tags=frozenset(groups_of(customer.pk)))


def where_in(language: str, market: MarketView | None = None) -> Where:
    """Return the shop in a language: in the market that somebody chose, else in the one that speaks it."""
    return Where(language, prefix_of(language), market or market_for_language(language))


def chosen_market(request: HttpRequest) -> MarketView | None:
    """Return the market that the shopper chose on this device, if it still exists."""
    # Most requests carry no such cookie, and pages that are kept are answered before cookies are read.
    if f"{MARKET_COOKIE}=" not in request.META.get("HTTP_COOKIE", ""):
        return None
    return market_by_code(request.COOKIES.get(MARKET_COOKIE, ""))


def absolute(path: str) -> str:
    """Return the full public address of a path that begins with a slash."""
    return f"{settings.PUBLIC_URL}{path}"


def html_lang(language: str) -> str:
    """Return the language as HTML, hreflang and Open Graph want it: zh-Hans, en."""
    base, _, rest = language.partition("-")
    return f"{base}-{rest.title() if len(rest) == 4 else rest.upper()}" if rest else base
