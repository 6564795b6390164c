"""Where each line stands, as this process saw it just now: a crowd that asks for its turn costs the database nothing.

A board is read anew four times a second at most, and whenever something of its sale changed.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from duli.base.lanes import give_back
from duli.commerce.flash_sales.lines import line
from duli.commerce.flash_sales.lines.base import Standing
from duli.commerce.flash_sales.models import FlashSale, Item
from duli.commerce.flash_sales.selectors import TOPIC, topic_of
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared

SECONDS = 0.25

_sale = Prepared(lambda pk: FlashSale.objects.filter(pk=pk))
_left = Prepared(lambda pk: Item.objects.filter(sale_id=pk, left__gt=0).values_list("pk")[:1])


@dataclass(frozen=True, slots=True)
class Board:
    """A sale, where its line stood at `seen_at`, and whether any unit was left then.

    `was_tried`: somebody just tried to let the next batch in.
    """

    sale: FlashSale
    stands: Standing
    has_left: bool
    seen_at: datetime
    was_tried: bool
    _until: float

    def is_fresh(self, at: datetime) -> bool:
        return time.monotonic() < self._until and abs(at - self.seen_at) < timedelta(seconds=SECONDS)


_boards: ChangeCache[Board] = ChangeCache(100)
_looking = threading.Lock()


def board(sale_id: int, at: datetime) -> Board | None:
    """Return the board of a sale, a quarter of a second old at most; None: there is no such sale."""
    kept = _boards.get(sale_id)
    if kept is not None and kept.is_fresh(at):
        return kept
    give_back()
    with _looking:
        # One looks for all who ask meanwhile.
        kept = _boards.get(sale_id)
        return kept if kept is not None and kept.is_fresh(at) else read_board(sale_id, at)


def read_board(sale_id: int, at: datetime, *, was_tried: bool = False) -> Board | None:
    """Read where the line stands now (two queries), for everybody who asks next."""
    generation = _boards.generation()
    sale = _sale.first(sale_id)
    if sale is None:
        return None
    until = time.monotonic() + SECONDS
    found = Board(sale, line().standing(sale), bool(_left.rows(sale_id)), at, was_tried, until)
    _boards.put(sale_id, found, [TOPIC, topic_of(sale_id)], generation=generation)
    return found
