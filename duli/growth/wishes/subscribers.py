from __future__ import annotations

from duli.commerce.inventory.events import StockBack
from duli.growth.wishes import jobs, selectors
from duli.platform.events.registry import EventContext, subscribes


@subscribes(StockBack, name="wishes.stock_back")
def stock_back(event: StockBack, context: EventContext) -> None:
    if selectors.has_waiting(event.variant_id):
        jobs.tell.enqueue(variant_id=event.variant_id)
