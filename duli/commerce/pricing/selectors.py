"""Named reads of prices and taxes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from duli.base.money import Money, exponent
from duli.commerce.pricing.models import ExchangeRate, Price, PriceList, PriceRange, TaxRate
from duli.commerce.pricing.types import PriceView, Tax
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

_lists: ChangeCache[dict[str, int]] = ChangeCache(1)
_taxes: ChangeCache[dict[str, Tax]] = ChangeCache(512)


def price_list_ids() -> dict[str, int]:
    """Return the default price list's id per currency."""
    return _lists.get_or_make(
        "lists",
        lambda: dict(PriceList.objects.filter(is_default=True).values_list("currency", "pk")),
        ["prices", "store"],
    )


def exchange_rate(base: str, quote: str, at: datetime) -> Decimal | None:
    """Return how many `quote` one `base` was worth at `at`, directly or by the inverse; None if unknown."""
    if base == quote:
        return Decimal(1)
    rows = ExchangeRate.objects.filter(valid_from__lte=at).order_by("-valid_from")
    direct = rows.filter(base=base, quote=quote).values_list("rate", flat=True).first()
    if direct:
        return direct
    inverse = rows.filter(base=quote, quote=base).values_list("rate", flat=True).first()
    return 1 / inverse if inverse else None


def convert(amount: Money, currency: str, rate: Decimal) -> Money:
    """Return `amount` in another currency, rounded half up to its minor unit."""
    shift = exponent(currency) - exponent(amount.currency)
    return Money(amount.minor, currency) * rate.scaleb(shift)


def prices(variant_ids: Iterable[int], currency: str, at: datetime) -> dict[int, PriceView]:
    """Return the price of each variant in `currency`; variants that have none at all are absent.

    A variant without a price in this currency is converted from the store's own currency at the rate
    valid at `at`.
    """
    wanted = list(dict.fromkeys(variant_ids))
    found = _listed(wanted, currency)
    missing = [pk for pk in wanted if pk not in found]
    own = current_store().default_currency
    if missing and own != currency:
        rate = exchange_rate(own, currency, at)
        if rate is not None:
            for pk, view in _listed(missing, own).items():
                compare_at = convert(view.compare_at, currency, rate) if view.compare_at else None
                found[pk] = PriceView(convert(view.price, currency, rate), compare_at)
    return found


def _listed(variant_ids: list[int], currency: str) -> dict[int, PriceView]:
    list_id = price_list_ids().get(currency)
    if list_id is None:
        return {}
    rows = Price.objects.filter(price_list_id=list_id, variant_id__in=variant_ids)
    return {
        variant_id: PriceView(Money(minor, currency), Money(compare, currency) if compare else None)
        for variant_id, minor, compare in rows.values_list("variant_id", "minor", "compare_at_minor")
    }


def price_ranges(
    product_ids: Iterable[int], currency: str, at: datetime
) -> dict[int, tuple[Money, Money, Money | None]]:
    """Return (cheapest, dearest, former price of the cheapest) per product; those without a price are absent."""
    wanted = list(product_ids)
    found = _ranges(wanted, currency)
    missing = [pk for pk in wanted if pk not in found]
    own = current_store().default_currency
    if missing and own != currency:
        rate = exchange_rate(own, currency, at)
        if rate is not None:
            for pk, (low, high, former) in _ranges(missing, own).items():
                found[pk] = (
                    convert(low, currency, rate),
                    convert(high, currency, rate),
                    convert(former, currency, rate) if former else None,
                )
    return found


def _ranges(product_ids: list[int], currency: str) -> dict[int, tuple[Money, Money, Money | None]]:
    list_id = price_list_ids().get(currency)
    if list_id is None:
        return {}
    rows = PriceRange.objects.filter(price_list_id=list_id, product_id__in=product_ids)
    return {
        pk: (Money(low, currency), Money(high, currency), Money(former, currency) if former else None)
        for pk, low, high, former in rows.values_list(
            "product_id", "minimum_minor", "maximum_minor", "compare_at_minor"
        )
    }


def taxes_for(country: str, region: str, at: datetime) -> dict[str, Tax]:
    """Return the rate of each tax class at a destination on that day; the region's rate beats the country's."""
    day = at.date()

    def read() -> dict[str, Tax]:
        rows = (
            TaxRate.objects.filter(Q(region="") | Q(region=region), country=country, valid_from__lte=day)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
            .order_by("region", "valid_from")
        )
        return {row.tax_class: Tax(row.name, row.rate) for row in rows}

    return _taxes.get_or_make((country, region, day), read, ["taxes"])
