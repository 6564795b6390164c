from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("checkout.draft_sent")
@dataclass(frozen=True, slots=True)
class DraftSent:
    """Staff sent somebody the link to pay an order that was put together for them."""

    draft_id: int
