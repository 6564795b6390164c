"""What a flash sale is at a moment; the clock decides, no job."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from duli.commerce.flash_sales.models import FlashSale

DRAFT: Final = "draft"
COMING: Final = "coming"
RUNNING: Final = "running"
ENDED: Final = "ended"


def state_of(sale: FlashSale, at: datetime) -> str:
    """Return "draft", "coming", "running" or "ended"."""
    if sale.closed_at is not None or sale.stopped_at is not None:
        return ENDED
    if not sale.is_planned:
        return DRAFT
    if at < sale.starts_at:
        return COMING
    return RUNNING if at < sale.ends_at else ENDED
