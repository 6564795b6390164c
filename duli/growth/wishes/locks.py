"""The only row locks of this room. Order everywhere: saved lists, then carts (below), then requests."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from duli.growth.wishes.models import StockRequest, WishList


def lock_lists(*, token: str, customer_id: int | None = None) -> list[WishList]:
    """Lock the list of a token and that of a customer, in primary-key order."""
    wanted = Q(token=token)
    if customer_id is not None:
        wanted |= Q(customer_id=customer_id)
    return list(WishList.objects.select_for_update().filter(wanted).order_by("pk"))


def lock_list(token: str) -> WishList | None:
    return next(iter(lock_lists(token=token)), None) if token else None


def lock_request(token: str) -> StockRequest | None:
    return StockRequest.objects.select_for_update().filter(token=token).first()


def lock_waiting(variant_id: int, limit: int) -> Iterable[StockRequest]:
    """Lock the requests that wait for a variant, the oldest first."""
    waiting = StockRequest.objects.filter(variant_id=variant_id, told_at=None, confirmed_at__isnull=False)
    return list(waiting.select_for_update().order_by("pk")[:limit])
