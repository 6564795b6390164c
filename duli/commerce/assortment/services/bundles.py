"""What a bundle consists of and costs, saved as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from django.db import transaction

from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.models import Bundle, Variant
from duli.commerce.catalogue.services.products import announce
from duli.commerce.catalogue.types import Component
from duli.commerce.pricing.services import reprice_bundles
from duli.commerce.revisions.models import ChangeKind
from duli.commerce.revisions.services import open_change_set, recording
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

    `percent_off` is 0 to 99.99. The product's history keeps what it was. Raises NotFound, InvalidInput, InvalidBundle,
    PartOfBundle.
    """
    hold(f"bundle:{variant_id}", seen)
    with _kept(variant_id, actor):
        return write_bundle(
            variant_id=variant_id, components=components, price_mode=price_mode, percent_off=percent_off, actor=actor
        )


@transaction.atomic
def write_bundle(
    *, variant_id: int, components: Sequence[Component], price_mode: str, percent_off: Decimal, actor: str
) -> Bundle:
    """Do what `save_bundle` does for whoever keeps the history: an import, or a bulk edit."""
    bundle = catalogue.set_bundle(
        variant_id=variant_id, components=components, price_mode=price_mode, percent_off=percent_off
    )
    reprice_bundles(bundle_ids=[variant_id], actor=actor)
    _touch(variant_id, actor)
    return bundle


@transaction.atomic
def dissolve_bundle(*, variant_id: int, actor: str) -> None:
    """Let a bundle be goods with stock of its own again; its price stays as it is. NotFound."""
    with _kept(variant_id, actor):
        write_dissolved(variant_id=variant_id, actor=actor)


@transaction.atomic
def write_dissolved(*, variant_id: int, actor: str) -> None:
    """Do what `dissolve_bundle` does for whoever keeps the history."""
    catalogue.clear_bundle(variant_id=variant_id)
    _touch(variant_id, actor)


@contextmanager
def _kept(variant_id: int, actor: str) -> Iterator[None]:
    product_ids = list(Variant.objects.filter(pk=variant_id).values_list("product_id", flat=True))
    with recording(change_set=open_change_set(kind=ChangeKind.EDITOR, actor=actor), product_ids=product_ids):
        yield


def _touch(variant_id: int, actor: str) -> None:
    products = list(Variant.objects.filter(pk=variant_id).values_list("product_id", flat=True))
    announce(products, actor=actor)
