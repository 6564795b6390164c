from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q

from duli.base.clock import now
from duli.base.ids import is_token
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.models.product import on_sale
from duli.commerce.catalogue.titles import variant_titles
from duli.commerce.inventory.selectors import availability
from duli.commerce.orders.goods import goods
from duli.growth.wishes.models import StockRequest, Wish
from duli.growth.wishes.types import RequestView, WishView
from duli.platform.mail.compose import page_url

SHOWN_AT_ONCE = 100


def saved_ids(token: str) -> list[int]:
    """Return the variants on a list, the newest first (one query)."""
    if not is_token(token):
        return []
    return list(Wish.objects.filter(list__token=token).values_list("variant_id", flat=True)[:SHOWN_AT_ONCE])


def wishes(token: str, *, currency: str, language: str) -> list[WishView]:
    """Return what is on a list, the newest first, without what the shop no longer shows."""
    if not is_token(token):
        return []
    rows = list(Wish.objects.filter(list__token=token).values_list("variant_id", "quantity")[:SHOWN_AT_ONCE])
    if not rows:
        return []
    instant = now()
    shown = set(
        Variant.objects.filter(
            on_sale(instant, through="product__"), pk__in=[pk for pk, _quantity in rows]
        ).values_list("pk", flat=True)
    )
    found = goods(shown, currency=currency, language=language, at=instant)
    return [
        WishView(
            variant_id=pk,
            product_id=found[pk].product_id,
            product_handle=found[pk].product_handle,
            title=found[pk].title,
            variant_title=found[pk].variant_title,
            image=found[pk].image,
            price=found[pk].price,
            available=found[pk].available,
            quantity=quantity,
        )
        for pk, quantity in rows
        if pk in found
    ]


def request_view(token: str) -> RequestView | None:
    """Return a request by its link; None if there is none (any more)."""
    row = (
        StockRequest.objects.select_related("variant__product").filter(token=token).first() if is_token(token) else None
    )
    if row is None:
        return None
    title, variant_title = _titles(row)
    return RequestView(
        token=row.token,
        state="told" if row.told_at else "waiting" if row.confirmed_at else "unconfirmed",
        email=row.email,
        product_handle=row.variant.product.handle,
        title=title,
        variant_title=variant_title,
        variant_id=row.variant_id,
        language=row.language,
    )


def _titles(row: StockRequest) -> tuple[str, str]:
    variant = row.variant
    return variant_titles([variant], row.language).get(variant.pk, (variant.product.title, variant.title))


def item_facts(row: StockRequest) -> dict[str, Any]:
    """Return what a request is about, as the variable `item` of a message."""
    title, variant_title = _titles(row)
    url = page_url(f"/products/{row.variant.product.handle}?variant={row.variant_id}", row.language)
    return {"title": title, "variant": variant_title, "url": url}


def has_waiting(variant_id: int) -> bool:
    return StockRequest.objects.filter(variant_id=variant_id, told_at=None, confirmed_at__isnull=False).exists()


def back_in_stock(limit: int = 200) -> list[int]:
    """Return variants that somebody waits for although they can be bought: what an event did not tell of."""
    waiting = StockRequest.objects.filter(told_at=None, confirmed_at__isnull=False)
    ids = list(waiting.order_by("variant_id").values_list("variant_id", flat=True).distinct())
    return [pk for pk, found in availability(ids).items() if found.available != 0][:limit] if ids else []


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A variant that people wait for: how many, since when, how many were told before, and when the last of them."""

    variant_id: int
    product_id: int
    title: str
    variant_title: str
    sku: str
    waiting: int
    oldest: datetime | None
    told: int
    last_told: datetime | None
    available: int | None


def waiting_page(*, query: str = "", after: tuple[int, int] | None = None, limit: int = 50) -> list[WaitingRow]:
    """Return variants that somebody waits for, most wanted first; two queries, whatever their number.

    `after` is (waiting, variant id) of the last row that was shown.
    """
    open_ones = Q(told_at__isnull=True, confirmed_at__isnull=False)
    rows = StockRequest.objects.values("variant_id").annotate(
        waiting=Count("pk", filter=open_ones),
        oldest=Min("confirmed_at", filter=open_ones),
        told=Count("pk", filter=Q(told_at__isnull=False)),
        last_told=Max("told_at"),
    )
    text = query.strip()[:100]
    if text:
        rows = rows.filter(Q(variant__product__title__icontains=text) | Q(variant__sku__istartswith=text))
    rows = rows.filter(waiting__gt=0)
    if after is not None:
        rows = rows.filter(Q(waiting__lt=after[0]) | Q(waiting=after[0], variant_id__lt=after[1]))
    names = ("variant_id", "variant__product_id", "variant__product__title", "variant__title", "variant__sku")
    found = list(
        rows.order_by("-waiting", "-variant_id").values_list(*names, "waiting", "oldest", "told", "last_told")[:limit]
    )
    free = availability([row[0] for row in found]) if found else {}
    return [
        WaitingRow(
            variant_id=pk,
            product_id=product_id,
            title=title,
            variant_title=variant_title,
            sku=sku,
            waiting=waiting,
            oldest=oldest,
            told=told,
            last_told=last_told,
            available=free[pk].available if pk in free else 0,
        )
        for pk, product_id, title, variant_title, sku, waiting, oldest, told, last_told in found
    ]
