"""Another currency for all prices of a shop that sold nothing yet."""

from __future__ import annotations

from django.db import transaction

from duli.base.money import exponent
from duli.commerce.pricing.models import Cost, Price, PriceList
from duli.commerce.pricing.types import PricesStand
from duli.platform.store.changes import mark
from duli.platform.store.seen import hold


@transaction.atomic
def restate_prices(*, currency: str, to_currency: str) -> None:
    """Let the numbers of all prices and costs stand in another currency: 100 yuan become 100 euros, with their history.

    Raises PricesStand where goods have prices in that currency already, or its coins are of another size (yen).
    """
    hold("prices:restate")
    source = PriceList.objects.filter(currency=currency, is_default=True).first()
    if source is None:
        return
    there = PriceList.objects.filter(currency=to_currency, is_default=True).first()
    is_priced = there is not None and (there.prices.exists() or there.changes.exists())
    if is_priced or (exponent(currency) != exponent(to_currency) and Price.objects.filter(price_list=source).exists()):
        raise PricesStand(field="currency", currency=to_currency)
    if there is not None:
        there.delete()
    code = to_currency.lower()
    PriceList.objects.filter(pk=source.pk).update(currency=to_currency, code=code, name=to_currency)
    Cost.objects.filter(currency=currency).update(currency=to_currency)
    mark("prices", "catalogue")
