"""What a bundle consists of and costs, saved as one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.models import Bundle, Variant
from duli.commerce.catalogue.services.products import announce
from duli.commerce.catalogue.types import Component
from duli.commerce.pricing.services import reprice_bundles
from duli.platform.store.seen import Seen, hold


@transaction.atomic
def save_bundle(
    *,
    variant_id: int,
    components: Sequence[Component],
    price_mode: str,
    percent_off: Decimal,
    actor: str,
    seen: Seen | None = None,
) -> Bundle:
    """Say what one unit of a variant consists of, and whether it costs the sum of that minus a percentage.

    `percent_off` is 0 to 99.99. Raises NotFound, InvalidInput, InvalidBundle, PartOfBundle.
    """
    hold(f"bundle:{variant_id}", seen)
    bundle = catalogue.set_bundle(
        variant_id=variant_id, components=components, price_mode=price_mode, percent_off=percent_off
    )
    reprice_bundles(bundle_ids=[variant_id], actor=actor)
    _touch(variant_id, actor)
    return bundle


@transaction.atomic
def dissolve_bundle(*, variant_id: int, actor: str) -> None:
    """Let a bundle be goods with stock of its own again; its price stays as it is. NotFound."""
    catalogue.clear_bundle(variant_id=variant_id)
    _touch(variant_id, actor)


def _touch(variant_id: int, actor: str) -> None:
    products = list(Variant.objects.filter(pk=variant_id).values_list("product_id", flat=True))
    announce(products, actor=actor)
