from __future__ import annotations

from duli.platform.jobs.registry import job


@job("events.deliver", attempts=12)
def deliver_event(*, event_id: int, subscriber: str = "") -> None:
    """Deliver to `subscriber`, or to all that listen to the event."""
    from duli.platform.events import services

    services.deliver(event_id=event_id, subscriber=subscriber)
