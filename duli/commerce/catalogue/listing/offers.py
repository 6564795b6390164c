"""Prices and stock as listings need them; the rooms that own them stand above this one and are named, not imported."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import F, Q, QuerySet

from duli.base.clock import now
from duli.base.money import Money, exponent
from duli.commerce.catalogue.models import Variant
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

Range = tuple[Money, Money, Money | None]

_list_ids: ChangeCache[dict[str, int]] = ChangeCache(1)
_rates: ChangeCache[dict[str, Decimal | None]] = ChangeCache(16)


def list_ids() -> dict[str, int]:
    """Return the id of each currency's default price list."""
    model: Any = apps.get_model("pricing", "PriceList")
    return _list_ids.get_or_make(
        "lists",
        lambda: dict(model.objects.filter(is_default=True).values_list("currency", "pk")),
        ["prices", "store"],
    )


def conversion_rate(currency: str) -> Decimal | None:
    """Return how many `currency` one unit of the store's own currency is worth now; None if unknown."""
    own = current_store().default_currency

    def read() -> dict[str, Decimal | None]:
        rows = apps.get_model("pricing", "ExchangeRate").objects.filter(valid_from__lte=now()).order_by("-valid_from")
        direct = rows.filter(base=own, quote=currency).values_list("rate", flat=True).first()
        inverse = rows.filter(base=currency, quote=own).values_list("rate", flat=True).first()
        return {"rate": direct or (1 / inverse if inverse else None)}

    if own == currency:
        return None
    # The hour is part of the key because a rate may begin to be valid without anything being saved.
    return _rates.get_or_make((own, currency, now().replace(minute=0, second=0, microsecond=0)), read, ["prices"])[
        "rate"
    ]


def converted(minor: int, rate: Decimal, own: str, currency: str) -> int:
    """Return minor units of `own` in `currency`, rounded half up."""
    shifted = rate.scaleb(exponent(currency) - exponent(own))
    return (Money(minor, currency) * shifted).minor


def stocked_variants() -> QuerySet[Variant]:
    """Active variants of which at least one unit can be sold now."""
    free = Q(
        stock_levels__location__is_active=True,
        stock_levels__on_hand__gt=F("stock_levels__reserved") - F("stock_levels__backorder_limit"),
    )
    return Variant.objects.filter(Q(tracks_stock=False) | free, is_active=True)


def ranges(product_ids: Iterable[int], currency: str) -> dict[int, Range]:
    """Return (cheapest, dearest, former price of the cheapest) per product; those without a price are absent.

    A product without a price in `currency` is converted from the store's own. At most two statements.
    """
    wanted = list(product_ids)
    found = {
        pk: (Money(low, currency), Money(high, currency), Money(former, currency) if former else None)
        for pk, low, high, former in _rows(wanted, currency)
    }
    rate = conversion_rate(currency)
    missing = [pk for pk in wanted if pk not in found]
    if missing and rate is not None:
        own = current_store().default_currency
        for pk, low, high, former in _rows(missing, own):
            found[pk] = (
                Money(converted(low, rate, own, currency), currency),
                Money(converted(high, rate, own, currency), currency),
                Money(converted(former, rate, own, currency), currency) if former else None,
            )
    return found


def _rows(product_ids: list[int] | None, currency: str) -> Iterable[tuple[int, int, int, int | None]]:
    list_id = list_ids().get(currency)
    if list_id is None or product_ids == []:
        return []
    model: Any = apps.get_model("pricing", "PriceRange")
    rows = model.objects.filter(price_list_id=list_id)
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    found: Iterable[tuple[int, int, int, int | None]] = rows.values_list(
        "product_id", "minimum_minor", "maximum_minor", "compare_at_minor"
    )
    return found


def cheapest(product_ids: list[int] | None, currency: str) -> dict[int, int]:
    """Return the lowest price in minor units of `currency` per product (None: of all products)."""
    found = {pk: low for pk, low, _, _ in _rows(product_ids, currency)}
    rate = conversion_rate(currency)
    if rate is not None:
        own = current_store().default_currency
        for pk, low, _, _ in _rows(product_ids, own):
            if pk not in found:
                found[pk] = converted(low, rate, own, currency)
    return found
