"""Writing the ledger of a sale, and what shoppers see of it."""

from __future__ import annotations

from collections.abc import Iterable

from duli.base.clock import now
from duli.commerce.flash_sales.models import Entry, Item
from duli.commerce.flash_sales.selectors import topic_of
from duli.platform.store.changes import mark
from duli.platform.store.prepared import insert_all


def record(changes: Iterable[tuple[Item, int]], *, kind: str, actor: str, reference: str = "") -> None:
    """Append what was changed by how much, and mark the pages that show it. Items know their variant."""
    instant = now()
    rows = [
        Entry(item=item, kind=kind, change=change, reference=reference, actor=actor[:80], created_at=instant)
        for item, change in changes
        if change
    ]
    insert_all(rows)
    topics = {topic for row in rows for topic in (topic_of(row.item.sale_id), f"stock:{row.item.variant.product_id}")}
    if topics:
        mark(*sorted(topics))
