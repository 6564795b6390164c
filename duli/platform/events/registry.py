"""Kinds of events and who listens. Filled when the rooms' events.py and subscribers.py are imported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from duli.base.registry import Registry

E = TypeVar("E", bound=type)


@dataclass(frozen=True, slots=True)
class EventContext:
    """What is known of an event beside its own fields; `happened_at` in UTC."""

    event_id: int
    reference: str
    actor: str
    happened_at: datetime


Subscriber = Callable[[Any, EventContext], None]

kinds: Registry[type] = Registry("event")
names: dict[type, str] = {}
subscribers: Registry[Subscriber] = Registry("subscriber")
subscribers_of: dict[str, list[str]] = defaultdict(list)
conditions: dict[str, Callable[[], bool]] = {}


def event(name: str) -> Callable[[E], E]:
    """Give the decorated frozen dataclass (plain JSON values only) its stable name, e.g. "orders.placed"."""

    def decorate(kind: E) -> E:
        kinds.register(name, kind)
        names[kind] = name
        return kind

    return decorate


def subscribes(
    *event_kinds: type, name: str, only_if: Callable[[], bool] | None = None
) -> Callable[[Subscriber], Subscriber]:
    """Call the decorated ``f(event, context)`` once for each event of these kinds, as a job.

    `name` is stable: receipts and queued jobs carry it. The function runs inside one transaction together
    with its receipt, so it must not call the outside world: it enqueues a job for that. `only_if`, cheap and
    from memory, says whether there is anything to do at all: an event that nobody waits for costs no job.
    """

    def decorate(function: Subscriber) -> Subscriber:
        subscribers.register(name, function)
        for kind in event_kinds:
            subscribers_of[names[kind]].append(name)
        if only_if is not None:
            conditions[name] = only_if
        return function

    return decorate


def listeners(event_name: str) -> list[str]:
    """Return who wants to hear of such an event now."""
    everybody = subscribers_of.get(event_name, [])
    return [name for name in everybody if name not in conditions or conditions[name]()]
