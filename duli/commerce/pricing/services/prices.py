from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from duli.base.clock import now
from duli.base.money import Money, exponent
from duli.commerce.catalogue.models import Bundle, Variant
from duli.commerce.pricing import locks
from duli.commerce.pricing.history import PastPrice, lowest_before
from duli.commerce.pricing.models import Cost, ExchangeRate, Price, PriceChange, PriceList, PriceRange, TaxRate
from duli.commerce.pricing.selectors import past_prices
from duli.commerce.pricing.types import InvalidPrice, PriceInput
from duli.platform.store.changes import mark

MAXIMUM_MINOR = 10**13
Place = tuple[int, int]
"""(price list, variant)"""


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
def set_prices(*, prices: Sequence[PriceInput], actor: str = "", imported: bool = False) -> None:
    """Store prices with their history, creating price lists for currencies that have none, and refresh the ranges.

    The only verb that sets prices; bundles that cost the sum of their parts are priced by their parts alone. Each
    price that differs from what stands becomes a row of `PriceChange`, and one with a former price beside it gets
    the lowest of the 30 days before. `imported` says that they come from an older record of the shop, so that a
    variant's very first price may rest on its stated former price.
    Raises InvalidPrice (negative, absurdly large, or a former price that is not higher); then nothing is stored.
    """
    derived = summed_bundles({entry.variant_id for entry in prices})
    prices = [entry for entry in prices if entry.variant_id not in derived]
    _store(prices, actor=actor, imported=imported)
    reprice_bundles(component_ids={entry.variant_id for entry in prices}, actor=actor)


def _store(prices: Sequence[PriceInput], *, actor: str, imported: bool) -> None:
    for entry in prices:
        if not 0 <= entry.minor <= MAXIMUM_MINOR:
            raise InvalidPrice()
        if entry.compare_at_minor is not None and not entry.minor < entry.compare_at_minor <= MAXIMUM_MINOR:
            raise InvalidPrice()
    lists = {currency: save_price_list(currency=currency) for currency in {entry.currency for entry in prices}}
    wanted = {(lists[entry.currency].pk, entry.variant_id): entry for entry in prices}
    variant_ids = {entry.variant_id for entry in prices}
    list_ids = {price_list.pk for price_list in lists.values()}
    standing = locks.lock_prices(variant_ids=variant_ids, list_ids=list_ids)
    changed = {
        key: entry
        for key, entry in wanted.items()
        if key not in standing
        or (standing[key].minor, standing[key].compare_at_minor) != (entry.minor, entry.compare_at_minor)
    }
    lowest = _remember(changed, standing, actor=actor, imported=imported)
    Price.objects.bulk_create(
        [
            Price(
                price_list_id=list_id,
                variant_id=variant_id,
                minor=entry.minor,
                compare_at_minor=entry.compare_at_minor,
                lowest_before_minor=lowest[list_id, variant_id],
            )
            for (list_id, variant_id), entry in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["variant", "price_list"],
        update_fields=["minor", "compare_at_minor", "lowest_before_minor"],
    )
    products = Variant.objects.filter(pk__in=variant_ids).order_by().values_list("product_id", flat=True).distinct()
    refresh_ranges(product_ids=list(products))


def _remember(
    changed: Mapping[Place, PriceInput], standing: Mapping[Place, Price], *, actor: str, imported: bool
) -> dict[Place, int | None]:
    """Append the rows of the history; return the lowest price before each reduction (None: no reduction, unknown)."""
    instant = now()
    origin = PriceChange.Origin.IMPORTED if imported else PriceChange.Origin.SET
    announced = {
        key
        for key, entry in changed.items()
        if entry.compare_at_minor is not None
        and (key not in standing or standing[key].minor != entry.minor or standing[key].compare_at_minor is None)
    }
    before = past_prices(announced, until=instant)
    lowest: dict[Place, int | None] = {}
    for key, entry in changed.items():
        if key in announced:
            now_asked = PastPrice(instant, entry.minor, entry.compare_at_minor, imported)
            lowest[key] = lowest_before([*before.get(key, ()), now_asked], instant)
        else:
            # A former price that is only corrected leaves the reduction, and what it is measured by, as it is.
            lowest[key] = standing[key].lowest_before_minor if entry.compare_at_minor is not None else None
    PriceChange.objects.bulk_create(
        [
            PriceChange(
                price_list_id=list_id,
                variant_id=variant_id,
                minor=entry.minor,
                compare_at_minor=entry.compare_at_minor,
                origin=origin,
                actor=actor,
                changed_at=instant,
            )
            for (list_id, variant_id), entry in changed.items()
        ],
        batch_size=500,
    )
    return lowest


@transaction.atomic
def remove_prices(*, variant_ids: Iterable[int], currency: str) -> None:
    """Take the prices of a currency away: from then on they are converted from the store's own currency."""
    rows = Price.objects.filter(
        variant_id__in=list(variant_ids), price_list__currency=currency, price_list__is_default=True
    )
    found = list(rows.order_by().values_list("variant__product_id", "variant_id"))
    rows.delete()
    refresh_ranges(product_ids=sorted({product_id for product_id, _ in found}))
    reprice_bundles(component_ids={variant_id for _, variant_id in found})


def summed_bundles(variant_ids: Iterable[int]) -> set[int]:
    """Return those of the variants that are bundles whose price is the sum of their parts."""
    rows = Bundle.objects.filter(variant_id__in=list(variant_ids), price_mode=Bundle.PriceMode.SUM)
    return set(rows.values_list("variant_id", flat=True))


@transaction.atomic
def reprice_bundles(
    *, component_ids: Iterable[int] = (), bundle_ids: Iterable[int] = (), actor: str = "system"
) -> None:
    """Derive the prices of bundles that cost the sum of their parts minus a percentage, rounded half up.

    Those with one of `component_ids` in them, and the bundle variants `bundle_ids`. In a currency in which a part
    has no price of its own the bundle has none either, and is converted like every other.
    """
    summed = Bundle.objects.filter(price_mode=Bundle.PriceMode.SUM)
    rows = summed.filter(components__variant_id__in=list(component_ids)) | summed.filter(
        variant_id__in=list(bundle_ids)
    )
    bundles = {bundle.variant_id: bundle for bundle in rows.distinct().prefetch_related("components")}
    if not bundles:
        return
    parts = {pk: {part.variant_id: part.quantity for part in bundle.components.all()} for pk, bundle in bundles.items()}
    standing: dict[str, dict[int, int]] = {}
    listed = Price.objects.filter(variant_id__in={pk for units in parts.values() for pk in units})
    for currency, variant_id, minor in listed.filter(price_list__is_default=True).values_list(
        "price_list__currency", "variant_id", "minor"
    ):
        standing.setdefault(currency, {})[variant_id] = minor
    wanted = []
    for pk, units in parts.items():
        for currency, minors in standing.items():
            if units.keys() <= minors.keys():
                whole = Money(sum(minors[part] * count for part, count in units.items()), currency)
                wanted.append(PriceInput(pk, currency, (whole * (1 - bundles[pk].percent_off / 100)).minor))
    _store(wanted, actor=actor, imported=False)
    kept = {(entry.variant_id, entry.currency) for entry in wanted}
    gone = [
        (price.pk, price.variant.product_id)
        for price in Price.objects.filter(variant_id__in=bundles).select_related("price_list", "variant")
        if (price.variant_id, price.price_list.currency) not in kept
    ]
    Price.objects.filter(pk__in=[pk for pk, _ in gone]).delete()
    refresh_ranges(product_ids=sorted({product_id for _, product_id in gone}))


@transaction.atomic
def set_costs(*, costs: Mapping[int, Money | None]) -> None:
    """Store what one unit of each variant costs the merchant; None forgets it. InvalidPrice for a negative one."""
    for cost in costs.values():
        if cost is not None and not 0 <= cost.minor <= MAXIMUM_MINOR:
            raise InvalidPrice()
    Cost.objects.filter(variant_id__in=[pk for pk, cost in costs.items() if cost is None]).delete()
    known = [(pk, cost) for pk, cost in costs.items() if cost is not None]
    Cost.objects.bulk_create(
        [Cost(variant_id=pk, currency=cost.currency, minor=cost.minor) for pk, cost in known],
        update_conflicts=True,
        unique_fields=["variant"],
        update_fields=["currency", "minor"],
        batch_size=500,
    )


@transaction.atomic
def refresh_ranges(*, product_ids: Iterable[int]) -> None:
    """Derive the price ranges of products again from the prices of their active variants."""
    wanted = list(product_ids)
    cheapest: dict[tuple[int, int], tuple[int, int, int | None, int | None]] = {}
    counts: Counter[tuple[int, int]] = Counter()
    rows = (
        Price.objects.filter(variant__product_id__in=wanted, variant__is_active=True)
        .order_by("minor", "variant__position", "variant_id")
        .values_list("variant__product_id", "price_list_id", "minor", "compare_at_minor", "lowest_before_minor")
    )
    for product_id, list_id, minor, compare_at, lowest in rows.iterator():
        low, _, *reduction = cheapest.get((product_id, list_id), (minor, minor, compare_at, lowest))
        cheapest[product_id, list_id] = (low, minor, reduction[0], reduction[1])
        counts[product_id, list_id] += 1
    PriceRange.objects.filter(product_id__in=wanted).delete()
    PriceRange.objects.bulk_create(
        [
            PriceRange(
                product_id=product_id,
                price_list_id=list_id,
                minimum_minor=low,
                maximum_minor=high,
                compare_at_minor=former,
                lowest_before_minor=lowest,
                variant_count=counts[product_id, list_id],
            )
            for (product_id, list_id), (low, high, former, lowest) in cheapest.items()
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
        postcodes="",
        city="",
        priority=1,
        valid_from=valid_from,
        defaults={"rate": rate, "name": name},
    )
    mark("taxes")
