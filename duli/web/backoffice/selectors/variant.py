"""One variant on a page of its own: what it consists of and what it cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.catalogue.models import Bundle, Variant
from duli.commerce.inventory.selectors import availability
from duli.commerce.orders.goods import find_goods
from duli.commerce.pricing.models import PriceChange
from duli.commerce.pricing.selectors import price_history
from duli.platform.store.selectors import current_store


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant in the list of a product's; `parts` counts a bundle's components."""

    id: int
    title: str
    sku: str
    parts: int


@dataclass(frozen=True, slots=True)
class PartRow:
    """A variant that is, or may become, a component; `price` in the store's own currency."""

    id: int
    title: str
    sku: str
    price: Money | None
    available: int | None


@dataclass(frozen=True, slots=True)
class BundleState:
    """A bundle as it is stored: units per variant, and how its price comes about."""

    units: dict[int, int]
    price_mode: str
    percent_off: Decimal


def variant_of(product_id: int, variant_id: int) -> Variant:
    """Return an active variant of the product with it. NotFound."""
    rows = Variant.objects.filter(pk=variant_id, product_id=product_id, is_active=True).select_related("product")
    found = rows.first()
    if found is None:
        raise NotFound()
    return found


def variant_rows(product_id: int) -> list[VariantRow]:
    """Return the product's variants (two queries)."""
    rows = Variant.objects.filter(product_id=product_id, is_active=True).prefetch_related("bundle__components")
    found = []
    for variant in rows:
        bundle = getattr(variant, "bundle", None)
        found.append(VariantRow(variant.pk, variant.title, variant.sku, len(bundle.components.all()) if bundle else 0))
    return found


def bundle_of(variant_id: int) -> BundleState | None:
    bundle = Bundle.objects.filter(variant_id=variant_id).first()
    if bundle is None:
        return None
    units = dict(bundle.components.values_list("variant_id", "quantity"))
    return BundleState(units, bundle.price_mode, bundle.percent_off)


def part_rows(variant_ids: Iterable[int]) -> list[PartRow]:
    """Return active variants in the given order; three queries."""
    from duli.base.clock import now
    from duli.commerce.pricing.selectors import prices

    wanted = list(dict.fromkeys(variant_ids))
    variants = Variant.objects.filter(pk__in=wanted).select_related("product").in_bulk()
    priced = prices(wanted, current_store().default_currency, now()) if wanted else {}
    free = availability(wanted) if wanted else {}
    return [
        PartRow(
            pk,
            " – ".join(filter(None, [variants[pk].product.title, variants[pk].title])),
            variants[pk].sku,
            priced[pk].price if pk in priced else None,
            free[pk].available if pk in free else 0,
        )
        for pk in wanted
        if pk in variants
    ]


def part_choices(query: str, *, without: Iterable[int]) -> list[PartRow]:
    """Return variants that may become components: found by the words, no bundles."""
    hidden = set(without)
    found = [pk for pk in find_goods(query, limit=24) if pk not in hidden]
    bundles = set(Bundle.objects.filter(variant_id__in=found).values_list("variant_id", flat=True))
    return part_rows([pk for pk in found if pk not in bundles][:12])


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price from the moment it was in force."""

    row: PriceChange
    price: Money
    compare_at: Money | None
    is_current: bool


def price_rows(variant_id: int) -> list[PriceRow]:
    """Return what the variant cost, newest first in every currency; one query."""
    seen: set[str] = set()
    found = []
    for row in price_history(variant_id=variant_id, limit=200):
        currency = row.price_list.currency
        former = Money(row.compare_at_minor, currency) if row.compare_at_minor else None
        found.append(PriceRow(row, Money(row.minor, currency), former, currency not in seen))
        seen.add(currency)
    return found
