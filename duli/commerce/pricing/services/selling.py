"""A market with the way its prices come about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.pricing.models import PriceList
from duli.commerce.pricing.rounding import CONVERTED
from duli.commerce.pricing.selectors import exchange_rate
from duli.commerce.pricing.services.prices import save_exchange_rate, save_price_list
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.models import Market
from duli.platform.store.seen import Seen, hold
from duli.platform.store.selectors import current_store
from duli.platform.store.services import save_market


@transaction.atomic
def save_selling(
    *,
    code: str,
    currency: str,
    rate: Decimal | None,
    rounding: str | None,
    actor: str,
    seen: Seen | None = None,
    **values: Any,
) -> Market:
    """Save a market, and how goods without a price of their own in its currency are priced there.

    `rate` is how much of `currency` one unit of the store's own is worth from now on (None: as it was), `rounding` how
    such prices are written (None: as it was); both count for every market of that currency. InvalidInput, InvalidPrice.
    """
    hold("markets", seen)
    try:
        price_list = save_price_list(currency=currency)
    except ValueError:
        raise InvalidInput(field="currency") from None
    wanted = price_list.rounding if rounding is None else rounding
    if wanted not in {rule.value for rule in CONVERTED}:
        raise InvalidInput(field="rounding")
    market = save_market(code=code, actor=actor, currency=currency, **values)
    own = current_store().default_currency
    before = {"rate": exchange_rate(own, currency, now()), "rounding": price_list.rounding}
    if rate is not None and currency != own and rate != before["rate"]:
        save_exchange_rate(base=own, quote=currency, rate=rate, valid_from=now())
    if price_list.rounding != wanted:
        PriceList.objects.filter(pk=price_list.pk).update(rounding=wanted)
        mark("prices", "catalogue")
    after = {"rate": rate if rate is not None and currency != own else before["rate"], "rounding": wanted}
    record_change(
        area="markets", reference=f"currency:{currency}", label=currency, before=before, after=after, actor=actor
    )
    return market


@transaction.atomic
def save_rate(*, currency: str, rate: Decimal, actor: str, seen: Seen | None = None) -> None:
    """Say how much of a currency one unit of the store's own is worth from now on, whether a market uses it or not.

    Carriers tell prices, laws limits and registers returns in currencies that nobody pays with here. InvalidInput
    (currency: not known, or the store's own), InvalidPrice.
    """
    hold("markets", seen)
    own = current_store().default_currency
    if currency == own or currency not in list_currencies():
        raise InvalidInput(field="currency")
    before = exchange_rate(own, currency, now())
    if rate == before:
        return
    save_exchange_rate(base=own, quote=currency, rate=rate, valid_from=now())
    record_change(
        area="markets",
        reference=f"currency:{currency}",
        label=currency,
        before={"rate": before},
        after={"rate": rate},
        actor=actor,
    )
