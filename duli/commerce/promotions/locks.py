"""The only row locks of this room."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.promotions.models import Batch, Promotion, Use


def lock_promotion(promotion_id: int) -> Promotion:
    """Lock and return a promotion. NotFound."""
    found = Promotion.objects.select_for_update().filter(pk=promotion_id).first()
    if found is None:
        raise NotFound()
    return found


def lock_batch(batch_id: int) -> Batch | None:
    """Lock and return a batch of codes, if it is still there."""
    return Batch.objects.select_for_update().filter(pk=batch_id).first()


def lock_uses(reference: str) -> list[Use]:
    """Lock and return what an order used and has not given back, by promotion."""
    rows = Use.objects.select_for_update().filter(reference=reference, returned_at__isnull=True)
    return list(rows.order_by("promotion_id"))
