"""Reads of the store and its markets; cached in the process until the topic ``store`` changes."""

from __future__ import annotations

from dataclasses import fields

from duli.platform.store.changes import ChangeCache
from duli.platform.store.models import Market, SetupStep, Store
from duli.platform.store.types import MarketView, StoreIdentity

EUROPEAN_ECONOMIC_AREA = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
"""Where a reduction must name the lowest price of the 30 days before it (directive 98/6/EC, article 6a)."""

_identity: ChangeCache[StoreIdentity] = ChangeCache(8)
_markets: ChangeCache[tuple[MarketView, ...]] = ChangeCache(1)


def current_store(language: str | None = None) -> StoreIdentity:
    """Return the store's identity, its texts in `language` where translated."""

    def read() -> StoreIdentity:
        from duli.platform.store.translations import texts

        store = Store.objects.filter(pk=1).first() or Store(pk=1)
        values = {field.name: getattr(store, field.name) for field in fields(StoreIdentity)}
        if language and language != store.default_language:
            translated = texts("store", [1], language).get(1, {})
            values.update({key: value for key, value in translated.items() if key in values})
        return StoreIdentity(**values)

    return _identity.get_or_make(language, read, ["store"])


def steps_passed() -> dict[str, bool]:
    """Return the steps of opening the shop that were passed, each with whether it was left out (one query)."""
    return dict(SetupStep.objects.values_list("step", "skipped"))


def markets() -> tuple[MarketView, ...]:
    """Return all markets, the default one first."""

    def read() -> tuple[MarketView, ...]:
        found = list(Market.objects.order_by("-is_default", "position", "pk"))
        named = {country for market in found for country in market.countries}
        rows = [
            MarketView(
                code=market.code,
                name=market.name,
                countries=tuple(market.countries),
                currency=market.currency,
                language=market.language,
                prices_include_tax=market.prices_include_tax,
                is_default=market.is_default,
                checks_reductions=_checks_reductions(market, named),
                unit_prices=market.unit_prices,
                tax_rounding=market.tax_rounding,
            )
            for market in found
        ]
        if not rows:
            store = current_store()
            rows = [MarketView("main", store.name, (), store.default_currency, store.default_language, True, True)]
        return tuple(rows)

    return _markets.get_or_make("all", read, ["store"])


def _checks_reductions(market: Market, named: set[str]) -> bool:
    """Say whether former prices are checked in a market: as the merchant chose, else where the law asks for it."""
    if market.checks_reductions is not None:
        return market.checks_reductions
    return bool(EUROPEAN_ECONOMIC_AREA & set(market.countries) if market.countries else EUROPEAN_ECONOMIC_AREA - named)


def market_by_code(code: str) -> MarketView | None:
    """Return the market called `code`, if there is one."""
    return next((market for market in markets() if market.code == code), None)


def market_for_language(language: str) -> MarketView:
    """Return the first market that speaks `language`, else the default one."""
    return next((market for market in markets() if market.language == language), markets()[0])


def languages() -> tuple[str, ...]:
    """Return the languages shoppers can choose, the store's own first."""
    own = current_store().default_language
    return tuple(dict.fromkeys([own, *(market.language for market in markets())]))
