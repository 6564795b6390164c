"""Bundles: variants that consist of units of other variants."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.catalogue import locks
from duli.commerce.catalogue.models import Bundle, BundleComponent, Variant
from duli.commerce.catalogue.types import Component, GiftCardInBundle, InvalidBundle, PartOfBundle
from duli.platform.store.changes import mark

MAXIMUM_COMPONENTS = 50
MAXIMUM_UNITS = 1000


@transaction.atomic
def set_bundle(
    *, variant_id: int, components: Sequence[Component], price_mode: str = "own", percent_off: Decimal = Decimal(0)
) -> Bundle:
    """Make a variant consist of exactly these components; its own stock is not counted from then on.

    The variant and its components are locked, so that two acts at once cannot put bundles into each other. Prices
    follow in `assortment.services.save_bundle`, the verb above this one. Raises NotFound, InvalidInput,
    InvalidBundle, GiftCardInBundle and PartOfBundle.
    """
    wanted = {component.variant_id: component.quantity for component in components}
    if price_mode not in Bundle.PriceMode.values:
        raise InvalidInput(field="price_mode")
    if not 0 <= percent_off < 100 or percent_off != round(percent_off, 2):
        raise InvalidInput(field="percent_off")
    if not wanted or len(wanted) != len(components) or len(wanted) > MAXIMUM_COMPONENTS:
        raise InvalidInput(field="components")
    if not all(1 <= quantity <= MAXIMUM_UNITS for quantity in wanted.values()):
        raise InvalidInput(field="quantity")
    rows = locks.lock_variants([variant_id, *wanted])
    variant = rows.get(variant_id)
    if variant is None or not variant.is_active:
        raise NotFound()
    for row in rows.values():
        if row.product.is_gift_card:
            raise GiftCardInBundle(name=name_of(row), field="components")
    nested = set(Bundle.objects.filter(variant_id__in=wanted).values_list("variant_id", flat=True))
    for pk in wanted:
        part = rows.get(pk)
        if part is None or not part.is_active or pk in nested or pk == variant_id:
            raise InvalidBundle(name=name_of(part) if part else str(pk), field="components")
    if BundleComponent.objects.filter(variant_id=variant_id).exists():
        raise PartOfBundle(name=name_of(variant))
    bundle, _made = Bundle.objects.update_or_create(
        variant=variant,
        defaults={"price_mode": price_mode, "percent_off": percent_off if price_mode == "sum" else Decimal(0)},
    )
    bundle.components.all().delete()
    BundleComponent.objects.bulk_create(
        [
            BundleComponent(bundle=bundle, variant_id=pk, quantity=quantity, position=position)
            for position, (pk, quantity) in enumerate(wanted.items())
        ]
    )
    Variant.objects.filter(pk=variant_id).update(tracks_stock=False)
    _changed(variant)
    return bundle


@transaction.atomic
def clear_bundle(*, variant_id: int, tracks_stock: bool = True) -> None:
    """Let a variant be goods with stock of its own again; what orders hold of its parts stays held. NotFound."""
    variant = locks.lock_variants([variant_id]).get(variant_id)
    if variant is None or not Bundle.objects.filter(variant_id=variant_id).exists():
        raise NotFound()
    Bundle.objects.filter(variant_id=variant_id).delete()
    Variant.objects.filter(pk=variant_id).update(tracks_stock=tracks_stock)
    _changed(variant)


def name_of(variant: Variant) -> str:
    """Return what a variant is called in a sentence."""
    return " – ".join(filter(None, [variant.product.title, variant.title]))


def _changed(variant: Variant) -> None:
    mark("bundles", "catalogue", f"product:{variant.product_id}", f"stock:{variant.product_id}")
