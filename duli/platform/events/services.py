from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from django.db import transaction
from django.db.models import Q

from duli.base.clock import now
from duli.platform.events.jobs import deliver_event
from duli.platform.events.models import Event, Receipt
from duli.platform.events.registry import EventContext, kinds, listeners, names, subscribers, subscribers_of
from duli.platform.store.prepared import Prepared, insert

logger = logging.getLogger("duli.events")

_event = Prepared(lambda event_id: Event.objects.filter(pk=event_id))


def publish(event: object, *, reference: str = "", actor: str = "") -> int:
    """Record that `event` happened, in the caller's transaction, and tell its subscribers; return the row's id."""
    name = names[type(event)]
    data = {field.name: getattr(event, field.name) for field in fields(event)}  # type: ignore[arg-type]
    row = Event(name=name, data=data, reference=reference, actor=actor, happened_at=now())
    insert(row)
    if listeners(name):
        deliver_event.enqueue(event_id=row.pk)
    return row.pk


def decode(name: str, data: dict[str, Any]) -> object:
    """Return the event's dataclass; fields that it no longer has are dropped, lists become tuples."""
    kind = kinds.get(name)
    known = {field.name for field in fields(kind)}
    return kind(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in data.items() if key in known}
    )


def deliver(*, event_id: int, subscriber: str = "") -> int:
    """Let `subscriber` (empty: everybody who listens) deal with the event; return how many did so now.

    Receipt and effect of each are one transaction of its own: whoever comes second finds the receipt and does nothing,
    and one that fails takes nothing from the others. The first failure is raised when all have had their turn.
    """
    row = _event.first(event_id)
    if row is None:
        return 0
    context = EventContext(row.pk, row.reference, row.actor, row.happened_at)
    count, failure = 0, None
    for name in [subscriber] if subscriber else listeners(row.name):
        try:
            with transaction.atomic():
                if insert(Receipt(event=row, subscriber=name), unless_there=True):
                    subscribers.get(name)(decode(row.name, row.data), context)
                    count += 1
        except Exception as problem:
            if failure is not None:
                logger.exception("subscriber %s failed as well", name)
            failure = failure or problem
    if failure is not None:
        raise failure
    return count


def replay(*, subscriber: str, since_id: int = 0, again: bool = False) -> int:
    """Enqueue the events from `since_id` on that `subscriber` has not dealt with; return how many.

    With `again` also those it has: its receipts are taken back first. For a new or a mended subscriber.
    """
    wanted = [name for name, listeners in subscribers_of.items() if subscriber in listeners]
    count = 0
    with transaction.atomic():
        if again:
            Receipt.objects.filter(subscriber=subscriber, event_id__gte=since_id).delete()
        done = Receipt.objects.filter(subscriber=subscriber).values("event_id")
        for event_id in (
            Event.objects.filter(Q(pk__gte=since_id), name__in=wanted)
            .exclude(pk__in=done)
            .order_by("pk")
            .values_list("pk", flat=True)
        ):
            deliver_event.enqueue(event_id=event_id, subscriber=subscriber)
            count += 1
    return count
