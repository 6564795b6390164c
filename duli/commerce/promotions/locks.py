"""The only row locks of this room."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.promotions.models import Batch, Promotion


def lock_promotion(promotion_id: int) -> Promotion:
    """Lock and return a promotion. NotFound."""
    found = Promotion.objects.select_for_update().filter(pk=promotion_id).first()
    if found is None:
        raise NotFound()
    return found


def lock_batch(batch_id: int) -> Batch | None:
    """Lock and return a batch of codes, if it is still there."""
    return Batch.objects.select_for_update().filter(pk=batch_id).first()
