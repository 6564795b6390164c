"""The line in Redis, through the shop's cache: each step is one atomic command, so that all machines share it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.cache import cache

from duli.commerce.flash_sales.lines.base import Standing
from duli.commerce.flash_sales.models import FlashSale

KEPT_SECONDS = 8 * 24 * 3600


def _key(sale_id: int, name: str) -> str:
    return f"flash-line:{sale_id}:{name}"


class SharedLine:
    def join(self, sale_id: int, nonce: str) -> int:
        cache.add(_key(sale_id, "tickets"), 0, timeout=KEPT_SECONDS)
        own = _key(sale_id, f"nonce:{nonce}")
        known = cache.get(own)
        if known is not None:
            return int(known)
        number: int = cache.incr(_key(sale_id, "tickets"))
        if cache.add(own, number, timeout=KEPT_SECONDS):
            return number
        # The same form came twice at once: the first number counts, the second is nobody's.
        return int(cache.get(own, number))

    def standing(self, sale: FlashSale) -> Standing:
        found = cache.get_many([_key(sale.pk, "tickets"), _key(sale.pk, "admitted")])
        tickets = int(found.get(_key(sale.pk, "tickets"), 0))
        return Standing(tickets, min(tickets, int(found.get(_key(sale.pk, "admitted"), 0))))

    def let_in(self, sale: FlashSale, at: datetime) -> bool:
        stands = self.standing(sale)
        if stands.admitted >= stands.tickets:
            return False
        # The key ends by itself after the pause between two batches: who can add it lets the next one in.
        if not cache.add(_key(sale.pk, "pause"), 1, timeout=sale.batch_seconds):
            return False
        cache.add(_key(sale.pk, "admitted"), 0, timeout=KEPT_SECONDS)
        upto = min(stands.tickets, stands.admitted + sale.batch_size)
        batches: list[tuple[int, float]] = cache.get(_key(sale.pk, "batches"), [])
        cache.set(_key(sale.pk, "batches"), [*batches, (upto, at.timestamp())], timeout=KEPT_SECONDS)
        cache.set(_key(sale.pk, "admitted"), upto, timeout=KEPT_SECONDS)
        return True

    def admitted_at(self, sale_id: int, number: int) -> datetime | None:
        batches: list[tuple[int, float]] = cache.get(_key(sale_id, "batches"), [])
        moment = next((at for upto, at in batches if upto >= number), None)
        return datetime.fromtimestamp(moment, UTC) if moment is not None else None
