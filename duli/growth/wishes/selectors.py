from __future__ import annotations

from typing import Any

from duli.base.clock import now
from duli.base.ids import is_token
from duli.commerce.catalogue.models import Product, Variant
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
            pk__in=[pk for pk, _quantity in rows], product__in=Product.objects.on_sale_at(instant)
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
