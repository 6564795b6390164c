from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from duli.base.money import exponent
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.models import ExchangeRate, Price, PriceList, PriceRange, TaxRate
from duli.commerce.pricing.types import InvalidPrice, PriceInput
from duli.platform.store.changes import mark

MAXIMUM_MINOR = 10**13


@transaction.atomic
def save_price_list(*, currency: str, name: str = "", code: str = "") -> PriceList:
    """Create the default price list of `currency`, or return it. ValueError for an unknown currency."""
    exponent(currency)
    price_list, made = PriceList.objects.get_or_create(
        currency=currency,
        is_default=True,
        defaults={"code": code or currency.lower(), "name": name or currency},
    )
    if made:
        mark("prices")
    return price_list


@transaction.atomic
def set_prices(*, prices: Sequence[PriceInput]) -> None:
    """Store prices, creating price lists for currencies that have none, and refresh the listings' ranges.

    Raises InvalidPrice (negative, absurdly large, or a former price that is not higher); then nothing is stored.
    """
    for entry in prices:
        if not 0 <= entry.minor <= MAXIMUM_MINOR:
            raise InvalidPrice()
        if entry.compare_at_minor is not None and not entry.minor < entry.compare_at_minor <= MAXIMUM_MINOR:
            raise InvalidPrice()
    lists = {currency: save_price_list(currency=currency) for currency in {entry.currency for entry in prices}}
    Price.objects.bulk_create(
        [
            Price(
                price_list=lists[entry.currency],
                variant_id=entry.variant_id,
                minor=entry.minor,
                compare_at_minor=entry.compare_at_minor,
            )
            for entry in prices
        ],
        update_conflicts=True,
        unique_fields=["variant", "price_list"],
        update_fields=["minor", "compare_at_minor"],
    )
    variant_ids = {entry.variant_id for entry in prices}
    products = Variant.objects.filter(pk__in=variant_ids).order_by().values_list("product_id", flat=True).distinct()
    refresh_ranges(product_ids=list(products))


@transaction.atomic
def refresh_ranges(*, product_ids: Iterable[int]) -> None:
    """Derive the price ranges of products again from the prices of their active variants."""
    wanted = list(product_ids)
    cheapest: dict[tuple[int, int], tuple[int, int, int | None]] = {}
    rows = (
        Price.objects.filter(variant__product_id__in=wanted, variant__is_active=True)
        .order_by("minor", "variant__position", "variant_id")
        .values_list("variant__product_id", "price_list_id", "minor", "compare_at_minor")
    )
    for product_id, list_id, minor, compare_at in rows.iterator():
        low, _, former = cheapest.get((product_id, list_id), (minor, minor, compare_at))
        cheapest[product_id, list_id] = (low, minor, former)
    PriceRange.objects.filter(product_id__in=wanted).delete()
    PriceRange.objects.bulk_create(
        [
            PriceRange(
                product_id=product_id,
                price_list_id=list_id,
                minimum_minor=low,
                maximum_minor=high,
                compare_at_minor=former,
            )
            for (product_id, list_id), (low, high, former) in cheapest.items()
        ],
        batch_size=500,
    )
    if wanted:
        mark("catalogue", *(f"product:{pk}" for pk in wanted))


@transaction.atomic
def save_exchange_rate(*, base: str, quote: str, rate: Decimal, valid_from: datetime) -> None:
    """Store that 1 `base` is `rate` `quote` from `valid_from` (UTC) on."""
    exponent(base), exponent(quote)
    if rate <= 0:
        raise InvalidPrice()
    ExchangeRate.objects.update_or_create(base=base, quote=quote, valid_from=valid_from, defaults={"rate": rate})
    mark("prices", "catalogue")


@transaction.atomic
def save_tax_rate(
    *, country: str, rate: Decimal, name: str, valid_from: date, tax_class: str = "standard", region: str = ""
) -> None:
    """Store a tax rate (0.13 for 13 %) of a class of goods in a place, valid from a day on."""
    TaxRate.objects.update_or_create(
        country=country,
        region=region,
        tax_class=tax_class,
        valid_from=valid_from,
        defaults={"rate": rate, "name": name},
    )
    mark("taxes")
