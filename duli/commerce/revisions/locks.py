"""The only row locks of this room."""

from __future__ import annotations

from collections.abc import Iterable

from duli.commerce.catalogue.models import Product
from duli.commerce.revisions.models import ChangeSet
from duli.commerce.revisions.types import RevisionGone


def lock_products(product_ids: Iterable[int]) -> dict[int, int]:
    """Lock the products in the order of their keys; return the version of each that there is."""
    rows = Product.objects.select_for_update().filter(pk__in=sorted(set(product_ids))).order_by("pk")
    return dict(rows.values_list("pk", "version"))


def lock_change_set(change_set_id: int) -> ChangeSet:
    found = ChangeSet.objects.select_for_update().filter(pk=change_set_id).first()
    if found is None:
        raise RevisionGone()
    return found
