from __future__ import annotations

from duli.growth.notifications import services
from duli.platform.jobs.registry import job


@job("notifications.order_received")
def order_received(*, order_id: int, event_id: int) -> None:
    services.tell_order_received(order_id=order_id, event_id=event_id)
