"""Markets as the settings list them: with a price of the shop as a shopper there would see it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from django.conf import settings

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.models import Price
from duli.commerce.pricing.rounding import Rounding
from duli.commerce.pricing.selectors import exchange_rate, price_list_ids, prices, roundings
from duli.platform.store.models import Market
from duli.platform.store.selectors import current_store


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
                rate=f"{rate.normalize(Context(prec=7)):f}" if rate is not None else "",
                rounding=roundings().get(code, Rounding.NONE).value,
                fixed=fixed,
                is_priced=code == own or rate is not None,
                example=(Money(newest[1], own), price) if newest and price else None,
            )
        )
    return found
