from __future__ import annotations

from duli.platform.events.models import Event


def events_of(reference: str) -> list[Event]:
    """Return everything that happened to `reference`, oldest first."""
    return list(Event.objects.filter(reference=reference).order_by("pk"))
