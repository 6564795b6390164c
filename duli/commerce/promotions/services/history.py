"""What sale prices leave behind: rows in the history of prices, from which the lowest of 30 days is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from duli.base.clock import now
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.models import PriceChange
from duli.commerce.pricing.selectors import price_list_ids, prices
from duli.commerce.promotions.selectors import snapshot
from duli.commerce.promotions.shelf import Shopper, shelf_views
from duli.platform.store.selectors import markets

CHUNK = 500
ACTOR = "promotions"


def write_price_history() -> int:
    """Append what everybody was asked since the last row where a promotion made it another price; return how many.

    The price itself is decided by the clock; this only records it. Prices for members are nobody else's: no rows.
    """
    written = 0
    lists = price_list_ids()
    for currency in dict.fromkeys(market.currency for market in markets()):
        market = next(entry for entry in markets() if entry.currency == currency)
        list_id = lists.get(currency)
        found = snapshot(currency, market.language)
        marked = PriceChange.objects.filter(price_list_id=list_id, origin=PriceChange.Origin.PROMOTION).exists()
        if list_id is None or not (found.shelf or marked):
            continue
        shopper = Shopper(market.code, currency, market.language)
        after = 0
        while True:
            rows = Variant.objects.filter(pk__gt=after, is_active=True).order_by("pk").values_list("pk", "product_id")
            page = list(rows[:CHUNK])
            if not page:
                break
            after = page[-1][0]
            written += _write(page, list_id, shopper, found.last_turn(now()))
    return written


@transaction.atomic
def _write(page: Sequence[tuple[int, int]], list_id: int, shopper: Shopper, turn: datetime | None) -> int:
    ids = [pk for pk, _product in page]
    views = shelf_views([product for _pk, product in page], shopper)
    own = prices(ids, shopper.currency, now())
    rows = PriceChange.objects.filter(price_list_id=list_id, variant_id__in=ids).order_by()
    newest = rows.values("variant_id").annotate(last=Max("pk")).values_list("last", flat=True)
    last = {row.variant_id: row for row in PriceChange.objects.filter(pk__in=list(newest))}
    fresh = []
    for pk, product in page:
        before, price = last.get(pk), own.get(pk)
        if before is None or price is None:
            continue
        shelf = views.get(product, {}).get(pk)
        view = shelf.price if shelf else price
        if view.price.minor == before.minor:
            continue
        former = view.compare_at.minor if view.compare_at and view.compare_at > view.price else None
        began = turn if turn is not None and before.changed_at < turn <= now() else now()
        fresh.append(
            PriceChange(
                price_list_id=list_id,
                variant_id=pk,
                minor=view.price.minor,
                compare_at_minor=former,
                origin=PriceChange.Origin.PROMOTION,
                actor=ACTOR,
                changed_at=began,
            )
        )
    PriceChange.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)
