from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from duli.commerce.flash_sales.models import FlashSale


@dataclass(frozen=True, slots=True)
class Standing:
    """How many numbers were given out, and up to which of them people are let in."""

    tickets: int
    admitted: int


class Line(Protocol):
    """First come, first served: whoever has the lower number is never let in later."""

    def join(self, sale_id: int, nonce: str) -> int:
        """Return the number of whoever comes with `nonce`: the next one, or the same one again."""
        ...

    def standing(self, sale: FlashSale) -> Standing:
        """Return where the line stands."""
        ...

    def let_in(self, sale: FlashSale, at: datetime) -> bool:
        """Let the next batch in if it is time; whether that happened. However many ask at once, it happens once."""
        ...

    def admitted_at(self, sale_id: int, number: int) -> datetime | None:
        """Return when a number was let in."""
        ...
