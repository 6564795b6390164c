"""The first stock of many new variants at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.services.changes import MAXIMUM
from duli.commerce.inventory.services.ledger import LevelChange, record
from duli.platform.store.translations import save_texts

_ROWS = 500


@dataclass(frozen=True, slots=True)
class FirstStock:
    """What a new variant has at a location, and the rules of that level (`set_level_rules`)."""

    variant_id: int
    product_id: int
    location_id: int
    on_hand: int = 0
    threshold: int | None = None
    backorder_limit: int = 0
    promise: str = ""
    promised_on: date | None = None
    texts: tuple[tuple[str, str], ...] = ()


@transaction.atomic
def open_levels(*, stock: Sequence[FirstStock], reason: str, actor: str, reference: str = "") -> None:
    """Write the first levels of variants nobody has bought yet, with their ledger rows; some statements for hundreds.

    Raises InvalidInput for counts out of range, DatabaseError where a level is there already.
    """
    for entry in stock:
        if not all(0 <= value <= MAXIMUM for value in (entry.on_hand, entry.threshold or 0, entry.backorder_limit)):
            raise InvalidInput(field="stock")
    levels = StockLevel.objects.bulk_create(
        [
            StockLevel(
                variant_id=entry.variant_id,
                location_id=entry.location_id,
                on_hand=entry.on_hand,
                low_stock_threshold=entry.threshold,
                backorder_limit=entry.backorder_limit,
                backorder_promise=one_line(entry.promise, 120),
                backorder_on=entry.promised_on,
            )
            for entry in stock
        ],
        batch_size=_ROWS,
    )
    for level, entry in zip(levels, stock, strict=True):
        for language, words in entry.texts:
            save_texts(
                kind="stock_level", object_id=level.pk, language=language, values={"promise": one_line(words, 120)}
            )
    changes = [
        LevelChange(level, entry.product_id, on_hand_change=entry.on_hand)
        for level, entry in zip(levels, stock, strict=True)
        if entry.on_hand
    ]
    if changes:
        record(changes, reason=reason, actor=actor, reference=reference)
