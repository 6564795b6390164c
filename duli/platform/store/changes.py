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
from duli.platform.store.prepared import Prepared, insert_all

V = TypeVar("V")

_above = Prepared(lambda pk: Change.objects.filter(pk__gt=pk).order_by("pk").values_list("pk", "topic"))

CHECK_SECONDS = 0.4
# How long a mark with a lower id may come after one with a higher id.
PATIENCE_SECONDS = 60
PATIENCE_MARKS = 500


def mark(*topics: str) -> None:
    """Record in the caller's transaction that `topics` changed; this process forgets them at commit."""
    happened_at = now()
    insert_all([Change(topic=topic, happened_at=happened_at) for topic in topics])
    transaction.on_commit(_follower.look_now)


def look_now() -> None:
    """Let the next read of a cache see every change that was committed before it."""
    _follower.look_now()


def prune() -> int:
    """Delete marks older than a day; return how many."""
    deleted, _ = Change.objects.filter(happened_at__lt=now() - timedelta(days=1)).delete()
    return deleted


class _Follower:
    """Tells every `ChangeCache` of this process which topics changed since it last looked.

    Ids are given out before commit, so a row may appear below one that is known already. Rows are read above `_floor`:
    the last of an unbroken run of known ids. A gap above it is waited for; what has not come after a minute and
    five hundred other marks was rolled back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_look = 0.0
        # The latest demand to look at once, and the latest that was met.
        self._wanted = self._met = object()
        self._started = False
        self._floor = 0
        self._newest = 0
        self._above: set[int] = set()
        self._waiting_since = 0.0
        self._waiting_from = 0
        self.caches: list[ChangeCache[object]] = []

    def look_now(self) -> None:
        self._wanted = object()

    def follow(self) -> None:
        """Look if it is time to, or if somebody demanded it: then nobody goes on before it is done."""
        if self._met is self._wanted and time.monotonic() < self._next_look:
            return
        with self._lock:
            wanted = self._wanted
            if self._met is wanted and time.monotonic() < self._next_look:
                return
            # Who comes meanwhile and demanded nothing does not wait: what they know is not older than it may be.
            self._next_look = time.monotonic() + CHECK_SECONDS
            self._read()
            self._met = wanted

    def _read(self) -> None:
        found = dict(_above.rows(self._floor)) if self._started else {}
        if not self._started or (self._newest not in found if self._newest else found):
            # The first look, or the table was emptied or restored: nothing cached can be trusted. Neither where no
            # mark was known yet: in a process forked long ago, the first ones may have come and been deleted.
            self._begin()
            return
        fresh = found.keys() - self._above
        if not fresh:
            return
        self._above |= fresh
        self._newest = max(self._newest, *fresh)
        self._move_up()
        topics = {found[pk] for pk in fresh}
        for cache in self.caches:
            cache.forget(topics)

    def _begin(self) -> None:
        self._started = True
        self._newest = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._floor = self._waiting_from = max(self._newest - PATIENCE_MARKS, 0)
        self._above = {pk for pk, _ in _above.rows(self._floor)}
        self._waiting_since = time.monotonic()
        self._move_up()
        for cache in self.caches:
            cache.clear()

    def _move_up(self) -> None:
        """Raise the floor over ids without a gap, and over gaps that have been waited for long enough."""
        if time.monotonic() >= self._waiting_since + PATIENCE_SECONDS:
            if self._waiting_from <= self._newest - PATIENCE_MARKS:
                self._floor = max(self._floor, self._waiting_from)
            self._waiting_since, self._waiting_from = time.monotonic(), self._newest
        # One known mark always stays above the floor: should it be gone, the table was emptied.
        while self._floor + 1 in self._above and self._floor + 1 < self._newest:
            self._floor += 1
        self._above = {pk for pk in self._above if pk > self._floor}


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
