"""A lock that is handed on in the order in which it was asked for."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

# How often a waiter looks whether the holder is still alive.
LOOK_SECONDS = 0.5


class Ticket:
    """A place in the line. `abandon` ends what the holder was doing, should its thread die with the ticket."""

    __slots__ = ("abandon", "granted", "thread")

    def __init__(self, abandon: Callable[[], None]) -> None:
        self.abandon = abandon
        self.granted = threading.Event()
        self.thread = threading.current_thread()


class Line:
    """A first-in-first-out lock whose holder is a ticket, not a thread: a connection may change hands."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._holder: Ticket | None = None
        self._waiting: deque[Ticket] = deque()

    def enter(self, ticket: Ticket, timeout: float) -> bool:
        """Wait for our turn, at most `timeout` seconds; False if it did not come."""
        with self._mutex:
            if self._holder is None:
                self._holder = ticket
                return True
            self._waiting.append(ticket)
        end = time.monotonic() + timeout
        while not ticket.granted.wait(max(0.0, min(LOOK_SECONDS, end - time.monotonic()))):
            self._evict_the_dead()
            if time.monotonic() >= end:
                with self._mutex:
                    if ticket.granted.is_set():
                        return True
                    self._waiting.remove(ticket)
                    return False
        return True

    def leave(self, ticket: Ticket) -> None:
        """Hand the lock to whoever has waited longest. Nothing happens if `ticket` does not hold it."""
        with self._mutex:
            if self._holder is not ticket:
                return
            self._holder = self._waiting.popleft() if self._waiting else None
            if self._holder is not None:
                self._holder.granted.set()

    def _evict_the_dead(self) -> None:
        """A thread that died inside a transaction will never end it: do so in its place."""
        with self._mutex:
            holder = self._holder
        if holder is not None and not holder.thread.is_alive():
            holder.abandon()
            self.leave(holder)


_lines: dict[str, Line] = {}
_lines_mutex = threading.Lock()


def line_of(path: str) -> Line:
    """Return the one line of this process for the database at `path`."""
    with _lines_mutex:
        return _lines.setdefault(path, Line())


def _after_fork() -> None:
    # The child has one thread and no open transaction; a lock copied in the middle of being held would stay so.
    global _lines_mutex
    _lines_mutex = threading.Lock()
    _lines.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
