from __future__ import annotations

from duli.growth.notifications import notices, services
from duli.platform.jobs.registry import job


@job("notifications.order_received")
def order_received(*, order_id: int, event_id: int) -> None:
    services.tell_order_received(order_id=order_id, event_id=event_id)


@job("notices.watch", schedule="* * * * *")
def watch() -> None:
    """Tell those who look after the machine that a job failed for good."""
    notices.notify_failed_jobs()


@job("notices.prune", schedule="41 4 * * *")
def prune() -> None:
    notices.prune()
