"""Named reads of prices and taxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, Q, QuerySet

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.history import WINDOW, PastPrice, announced_at, lowest_before
from duli.commerce.pricing.models import ExchangeRate, Price, PriceChange, PriceList, PriceRange, TaxRate
from duli.commerce.pricing.rounding import Conversion, Rounding
from duli.commerce.pricing.tax_rates import EVERYWHERE, RateRow, resolve
from duli.commerce.pricing.types import Place, PriceView, Tax
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store

_lists: ChangeCache[dict[str, int]] = ChangeCache(1)
_roundings: ChangeCache[dict[str, Rounding]] = ChangeCache(1)
_conversions: ChangeCache[dict[str, Conversion | None]] = ChangeCache(16)
_rates: ChangeCache[list[RateRow]] = ChangeCache(256)
_taxes: ChangeCache[dict[str, Tax]] = ChangeCache(2048)
_prices = Prepared(
    lambda list_id, variant_ids: Price.objects.filter(price_list_id=list_id, variant_id__in=variant_ids).values_list(
        "variant_id", "minor", "compare_at_minor", "lowest_before_minor"
    )
)
_spans = Prepared(
    lambda list_id, product_ids: PriceRange.objects.filter(
        price_list_id=list_id, product_id__in=product_ids
    ).values_list(
        *("product_id", "minimum_minor", "maximum_minor"),
        *("compare_at_minor", "lowest_before_minor", "variant_count"),
    )
)


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


def roundings() -> dict[str, Rounding]:
    """Return the rounding of converted prices per currency; a currency that is absent is not rounded."""
    return _roundings.get_or_make(
        "roundings",
        lambda: {
            currency: Rounding(rule)
            for currency, rule in PriceList.objects.filter(is_default=True).values_list("currency", "rounding")
        },
        ["prices", "store"],
    )


def conversion(currency: str, at: datetime, base: str = "") -> Conversion | None:
    """Return how amounts of the store's own currency (or `base`) become prices in `currency`; None if unknown."""
    own = base or current_store().default_currency
    rate = exchange_rate(own, currency, at)
    if rate is None:
        return None
    rule = roundings().get(currency, Rounding.NONE) if own != currency else Rounding.NONE
    return Conversion(own, currency, rate, rule)


def prices(variant_ids: Iterable[int], currency: str, at: datetime) -> dict[int, PriceView]:
    """Return the price of each variant in `currency`; variants that have none at all are absent.

    A variant without a price in this currency is converted from the store's own currency at the rate
    valid at `at`, and rounded as prices in this currency are.
    """
    wanted = list(dict.fromkeys(variant_ids))
    found = _listed(wanted, currency)
    missing = [pk for pk in wanted if pk not in found]
    own = current_store().default_currency
    if missing and own != currency:
        change = conversion(currency, at)
        if change is not None:
            for pk, view in _listed(missing, own).items():
                found[pk] = _converted(view, change)
    return found


def _converted(view: PriceView, change: Conversion) -> PriceView:
    former = view.compare_at.minor if view.compare_at else None
    price, compare_at = change.reduction(view.price.minor, former)
    lowest = change.money(view.lowest_before) if view.lowest_before and compare_at is not None else None
    return PriceView(Money(price, change.currency), _money(compare_at, change.currency), lowest)


def _listed(variant_ids: list[int], currency: str) -> dict[int, PriceView]:
    list_id = price_list_ids().get(currency)
    if list_id is None:
        return {}
    return {
        variant_id: PriceView(Money(minor, currency), _money(compare, currency), _money(lowest, currency))
        for variant_id, minor, compare, lowest in _prices.rows(list_id, variant_ids)
    }


def _money(minor: int | None, currency: str) -> Money | None:
    return Money(minor, currency) if minor else None


Span = tuple[Money, Money, Money | None, Money | None]
"""Cheapest and dearest, and of the cheapest its former price and the lowest of the 30 days before that reduction."""


def price_ranges(product_ids: Iterable[int], currency: str, at: datetime) -> dict[int, Span]:
    """Return the span of prices per product; those without a price are absent."""
    wanted = list(product_ids)
    listed = _ranges(wanted, currency)
    found = {pk: span for pk, (span, _) in listed.items()}
    own = current_store().default_currency
    if own == currency:
        return found
    lacking = {
        pk: span for pk, (span, count) in _ranges(wanted, own).items() if pk not in listed or listed[pk][1] < count
    }
    # Where every price is fixed, nobody asks for a rate.
    change = conversion(currency, at) if lacking else None
    if change is None:
        return found
    partly = []
    for pk, (low, high, former, lowest) in lacking.items():
        if pk not in listed:
            price, compare_at = change.reduction(low.minor, former.minor if former else None)
            shown = change.money(lowest) if lowest and compare_at is not None else None
            found[pk] = (Money(price, currency), change.money(high), _money(compare_at, currency), shown)
        else:
            partly.append(pk)
    found.update(_mixed(partly, currency, at))
    return found


def _mixed(product_ids: list[int], currency: str, at: datetime) -> dict[int, Span]:
    """Return the spans of products of which only some variants have a price of their own in this currency."""
    if not product_ids:
        return {}
    rows = Variant.objects.filter(product_id__in=product_ids, is_active=True).order_by("position", "pk")
    owners = dict(rows.values_list("pk", "product_id"))
    views: dict[int, list[PriceView]] = defaultdict(list)
    priced = prices(owners, currency, at)
    for pk, product_id in owners.items():
        if pk in priced:
            views[product_id].append(priced[pk])
    spans: dict[int, Span] = {}
    for product_id, entries in views.items():
        cheapest = min(entries, key=lambda view: view.price.minor)
        highest = max(view.price.minor for view in entries)
        spans[product_id] = (
            cheapest.price, Money(highest, currency), cheapest.compare_at, cheapest.lowest_before,
        )  # fmt: skip
    return spans


def _ranges(product_ids: list[int], currency: str) -> dict[int, tuple[Span, int]]:
    """Return the span of a list's own prices per product, and of how many variants."""
    list_id = price_list_ids().get(currency)
    if list_id is None:
        return {}
    return {
        pk: ((Money(low, currency), Money(high, currency), _money(former, currency), _money(lowest, currency)), count)
        for pk, low, high, former, lowest, count in _spans.rows(list_id, product_ids)
    }


def past_prices(places: Iterable[tuple[int, int]], *, until: datetime) -> dict[tuple[int, int], list[PastPrice]]:
    """Return what each (price list, variant) cost in the 30 days before `until` and later, oldest first.

    The price that was in force when those days began is the first entry. Two statements, whatever the number.
    """
    wanted = set(places)
    if not wanted:
        return {}
    rows = PriceChange.objects.filter(
        price_list_id__in={list_id for list_id, _ in wanted}, variant_id__in={variant_id for _, variant_id in wanted}
    )
    opening = until - WINDOW
    last_before = (
        rows.filter(changed_at__lte=opening).values("price_list_id", "variant_id").annotate(last=Max("pk")).order_by()
    )
    first_ids = [row["last"] for row in last_before]
    found: dict[tuple[int, int], list[PastPrice]] = defaultdict(list)
    for row in rows.filter(Q(pk__in=first_ids) | Q(changed_at__gt=opening)).order_by("changed_at", "pk"):
        found[row.price_list_id, row.variant_id].append(_past(row))
    return {key: found[key] for key in wanted if key in found}


_FIRST = (PriceChange.Origin.OPENING, PriceChange.Origin.IMPORTED)


def _past(row: PriceChange) -> PastPrice:
    return PastPrice(row.changed_at, row.minor, row.compare_at_minor, row.origin in _FIRST)


def lowest_price_30_days(variant_id: int, currency: str, at: datetime) -> Money | None:
    """Return the lowest price of the 30 days before the reduction that was in force at `at` was announced.

    Without a reduction at `at`: of the 30 days before `at`, by which one announced then would be measured. None if
    nothing is known. A variant without a price in `currency` is converted from the store's own, at the rate of `at`.
    """
    own = current_store().default_currency
    for code in dict.fromkeys([currency, own]):
        rows = PriceChange.objects.filter(
            variant_id=variant_id, price_list_id=price_list_ids().get(code), changed_at__lte=at
        )
        history = [_past(row) for row in rows.order_by("changed_at", "pk")]
        if not history:
            continue
        minor = lowest_before(history, announced_at(history) or at)
        change = conversion(currency, at, code)
        return change.money(Money(minor, code)) if minor is not None and change is not None else None
    return None


def price_history(*, variant_id: int, limit: int = 100) -> list[PriceChange]:
    """Return the changes of a variant's prices in all currencies, newest first."""
    rows = PriceChange.objects.filter(variant_id=variant_id).select_related("price_list")
    return list(rows.order_by("-changed_at", "-pk")[:limit])


def taxes_for(place: Place, at: datetime) -> dict[str, Tax]:
    """Return the rate of each tax class at a destination on that day; the region's rate beats the country's."""
    day = at.date()
    rows = _rate_rows(place.country)
    # Postcodes and towns are many: only where rates depend on them, they are told apart.
    near = place if any(row.postcodes or row.city for row in rows) else Place(place.country, place.region)
    return _taxes.get_or_make((near, day), lambda: resolve(rows, near, day), ["taxes"])


def _rate_rows(country: str) -> list[RateRow]:
    """Return the rates of a country, of whatever day, with those for everywhere."""

    def read() -> list[RateRow]:
        names = [field.name for field in fields(RateRow)]
        rows = TaxRate.objects.filter(country__in=[country, EVERYWHERE]).values_list(*names)
        return [RateRow(*row) for row in rows]

    return _rates.get_or_make(country, read, ["taxes"])


def conversion_now(currency: str) -> Conversion | None:
    """Return how the store's own prices become prices in `currency` now; None if they need not or cannot."""
    own = current_store().default_currency
    if own == currency:
        return None
    # The hour is part of the key because a rate may begin to be valid without anything being saved.
    hour = now().replace(minute=0, second=0, microsecond=0)
    return _conversions.get_or_make((own, currency, hour), lambda: {"known": conversion(currency, now())}, ["prices"])[
        "known"
    ]


def in_own_currency(amount: Money) -> Money:
    """Return what an amount is worth in the store's own currency by today's rate; nothing if there is no rate."""
    own = current_store().default_currency
    if amount.currency == own or not amount.minor:
        return Money(amount.minor, own)
    known = conversion_now(amount.currency)
    return Conversion(amount.currency, own, 1 / known.rate).money(amount) if known else Money.zero(own)


def tax_rates(country: str = "") -> QuerySet[TaxRate]:
    """Return the rates of every country, or of one; past, present and to come."""
    rows = TaxRate.objects.all()
    return rows.filter(country=country) if country else rows


def tax_classes() -> list[str]:
    """Return the classes of goods that have a rate somewhere (one query)."""
    return list(TaxRate.objects.order_by("tax_class").values_list("tax_class", flat=True).distinct())
