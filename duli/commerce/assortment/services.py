from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import ProductDraft
from duli.commerce.inventory.models import StockMovement
from duli.commerce.inventory.services import adjust
from duli.commerce.pricing.services import set_prices
from duli.commerce.pricing.types import PriceInput
from duli.platform.media.services import update_asset


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """What the grid says of one combination beyond the catalogue: prices {currency: (minor, compare-at)}, a count.

    `counted` is None to leave the stock alone; `seen` is the number that stood there when the page was opened.
    """

    names: tuple[str, ...]
    prices: Mapping[str, tuple[int, int | None]]
    counted: int | None = None
    seen: int | None = None


@transaction.atomic
def save_product_page(
    *,
    draft: ProductDraft,
    facts: Sequence[VariantFacts],
    alts: Mapping[int, str],
    location_id: int | None,
    actor: str,
    product_id: int | None = None,
    expected_version: int | None = None,
) -> Product:
    """Save a product with its prices, its counts at `location_id` and the texts of its pictures, or nothing at all.

    Raises what the rooms raise: ProductChangedMeanwhile, InvalidInput, HandleTaken, SkuTaken, InvalidVariants,
    TooManyVariants, InvalidPrice, StockConflict, BelowReserved.
    """
    product = save_product(draft=draft, actor=actor, product_id=product_id, expected_version=expected_version)
    values = {
        value.pk: value.name for option in product.options.prefetch_related("values") for value in option.values.all()
    }
    by_names = {
        tuple(values[pk] for pk in variant.option_value_ids): variant
        for variant in Variant.objects.filter(product=product, is_active=True)
    }
    prices = [
        PriceInput(by_names[entry.names].pk, currency, minor, compare)
        for entry in facts
        for currency, (minor, compare) in entry.prices.items()
    ]
    if prices:
        set_prices(prices=prices, actor=actor)
    for asset_id, alt in alts.items():
        update_asset(asset_id=asset_id, alt=alt, actor=actor)
    if location_id is None:
        return product
    changed = [entry for entry in facts if entry.counted is not None and entry.counted != (entry.seen or 0)]
    for entry in sorted(changed, key=lambda entry: by_names[entry.names].pk):
        adjust(
            variant_id=by_names[entry.names].pk,
            location_id=location_id,
            counted=entry.counted,
            seen_on_hand=entry.seen,
            reason=StockMovement.Reason.COUNTED if entry.seen is not None else StockMovement.Reason.INITIAL,
            actor=actor,
        )
    return product
