"""Marks of change, and the caches that follow them.

A verb that changes what shoppers see calls `mark("product:12", "catalogue")` inside its transaction.
A process reads new marks at most twice a second, so whatever it has cached under such a topic is right
within one second of the commit, without one writer ever waiting for another.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from datetime import timedelta
from typing import Generic, TypeVar

from django.db import transaction

from duli.base.clock import now
from duli.platform.store.models import Change

V = TypeVar("V")

CHECK_SECONDS = 0.4
# A transaction may commit after one that took a higher id; marks this recent are read again.
OVERLAP = timedelta(seconds=60)


def mark(*topics: str) -> None:
    """Record in the caller's transaction that `topics` changed; this process forgets them at commit."""
    happened_at = now()
    Change.objects.bulk_create([Change(topic=topic, happened_at=happened_at) for topic in topics])
    transaction.on_commit(_follower.look_now)


def prune() -> int:
    """Delete marks older than a day; return how many."""
    deleted, _ = Change.objects.filter(happened_at__lt=now() - timedelta(days=1)).delete()
    return deleted


class _Follower:
    """Tells every `ChangeCache` of this process which topics changed since it last looked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_look = 0.0
        self._last_id = 0
        self._seen: set[int] = set()
        self._started = False
        self.caches: list[ChangeCache[object]] = []

    def look_now(self) -> None:
        self._next_look = 0.0

    def follow(self) -> None:
        if time.monotonic() < self._next_look:
            return
        with self._lock:
            if time.monotonic() < self._next_look:
                return
            self._next_look = time.monotonic() + CHECK_SECONDS
            self._read()

    def _read(self) -> None:
        rows = Change.objects.order_by("-pk")
        if not self._started:
            self._last_id = rows.values_list("pk", flat=True).first() or 0
            self._started = True
            for cache in self.caches:
                cache.clear()
            return
        # Ids are handed out before commit: look back over the last few hundred as well.
        recent = list(rows.filter(pk__gt=self._last_id - 500).values_list("pk", "topic"))
        fresh = [(pk, topic) for pk, topic in recent if pk not in self._seen]
        if (recent and recent[0][0] < self._last_id) or (not recent and self._last_id):
            # The table was emptied or restored: nothing cached can be trusted.
            for cache in self.caches:
                cache.clear()
        self._seen = {pk for pk, _ in recent}
        self._last_id = recent[0][0] if recent else 0
        topics = {topic for _, topic in fresh}
        if topics:
            for cache in self.caches:
                cache.forget(topics)


_follower = _Follower()


class ChangeCache(Generic[V]):
    """A bounded in-process cache whose entries name the topics they depend on."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[frozenset[str], V]] = OrderedDict()
        self._generation = 0
        _follower.caches.append(self)  # type: ignore[arg-type]

    def get(self, key: Hashable) -> V | None:
        """Return the value if nothing it depends on changed (checked at most twice a second)."""
        _follower.follow()
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: Hashable, value: V, topics: Iterable[str], *, generation: int | None = None) -> None:
        """Keep `value` until one of `topics` changes.

        `generation` (from `generation()` before the value was read) guards against keeping a value that
        was read before a change which was noticed meanwhile.
        """
        with self._lock:
            if generation is not None and generation != self._generation:
                return
            self._entries[key] = (frozenset(topics), value)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def generation(self) -> int:
        """Return a number that changes whenever something was forgotten."""
        _follower.follow()
        return self._generation

    def get_or_make(self, key: Hashable, make: Callable[[], V], topics: Iterable[str]) -> V:
        """Return the cached value, or make and keep it."""
        found = self.get(key)
        if found is not None:
            return found
        generation = self._generation
        value = make()
        self.put(key, value, topics, generation=generation)
        return value

    def forget(self, topics: set[str]) -> None:
        with self._lock:
            self._generation += 1
            gone = [key for key, (deps, _) in self._entries.items() if not deps.isdisjoint(topics)]
            for key in gone:
                del self._entries[key]

    def clear(self) -> None:
        with self._lock:
            self._generation += 1
            self._entries.clear()


def reset_caches() -> None:
    """Forget everything (tests, after a restore)."""
    for cache in _follower.caches:
        cache.clear()
    _follower.look_now()
