"""Markets as the settings list them: with a price of the shop as a shopper there would see it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from babel.numbers import get_currency_name
from django.conf import settings
from django.db.models import Q

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.models import ExchangeRate, Price
from duli.commerce.pricing.rounding import Rounding
from duli.commerce.pricing.selectors import exchange_rate, price_list_ids, prices, roundings
from duli.platform.store.models import Market
from duli.platform.store.selectors import current_store


@dataclass(frozen=True, slots=True)
class RateRow:
    """What a currency is worth in which no market sells."""

    currency: str
    name: str
    rate: str


@dataclass(frozen=True, slots=True)
class MarketRow:
    """`rate` is empty in the store's own currency and where none is known (`is_priced` tells them apart)."""

    market: Market
    language: str
    rate: str
    rounding: str
    fixed: int
    is_priced: bool
    example: tuple[Money, Money] | None


def market_rows(language: str) -> list[MarketRow]:
    """Return every market, the default one first, with an example price (a few statements per currency)."""
    own, instant = current_store().default_currency, now()
    names = dict(settings.LANGUAGES)
    lists = price_list_ids()
    newest = (
        Price.objects.filter(
            price_list_id=lists.get(own, 0), variant__is_active=True, variant__product__status="active"
        )
        .order_by("-variant_id")
        .values_list("variant_id", "minor")
        .first()
    )
    found = []
    facts: dict[str, tuple[Decimal | None, int, Money | None]] = {}
    for market in Market.objects.order_by("-is_default", "position", "pk"):
        code = market.currency
        if code not in facts:
            rate = exchange_rate(own, code, instant) if code != own else None
            fixed = Variant.objects.filter(is_active=True, prices__price_list_id=lists.get(code, 0)).count()
            view = prices([newest[0]], code, instant).get(newest[0]) if newest and code != own else None
            facts[code] = (rate, fixed, view.price if view else None)
        rate, fixed, price = facts[code]
        found.append(
            MarketRow(
                market=market,
                language=str(names.get(market.language, market.language)),
                rate=_short(rate) if rate is not None else "",
                rounding=roundings().get(code, Rounding.NONE).value,
                fixed=fixed,
                is_priced=code == own or rate is not None,
                example=(Money(newest[1], own), price) if newest and price else None,
            )
        )
    return found


def rate_rows(language: str) -> list[RateRow]:
    """Return the rates of currencies in which no market sells, by their codes (two statements, and two for each)."""
    own, instant = current_store().default_currency, now()
    used = {own, *Market.objects.values_list("currency", flat=True)}
    pairs = ExchangeRate.objects.filter(Q(base=own) | Q(quote=own), valid_from__lte=instant)
    known = {code for pair in pairs.values_list("base", "quote").distinct() for code in pair} - used
    rates = {code: exchange_rate(own, code, instant) for code in sorted(known)}
    locale = "zh_Hans" if language.startswith("zh") else "en"
    return [RateRow(code, get_currency_name(code, locale=locale), _short(rate)) for code, rate in rates.items() if rate]


def _short(rate: Decimal) -> str:
    return f"{rate.normalize(Context(prec=7)):f}"
