"""Who goes first when more is asked of a process than it can answer at once.

Pages of the shop have the wide lane: as many at a time as the process has room for. A crowd that buys in a flash sale
has a narrow one: one request after the other in the order in which they came, and none begins while pages are being
answered. So a rush takes what ordinary shopping leaves, nobody is refused, and whoever lets people into a rush can ask
whether it is behind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

R = TypeVar("R")

BEHIND_SECONDS = 0.4
"""A crowd whose requests wait for longer than this is not let grow."""
LONGEST_SECONDS = 1.0
"""So long a request that is next lets pages pass at most."""


class Lanes:
    """The lanes of one process: `width` pages at a time, and one request of a crowd beside them."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._pages = 0
        self._turn = threading.Condition(threading.Lock())
        self._waiting: dict[int, float] = {}
        self._next = 0
        # A thread of its own: those who wait need no connection to the database.
        self._crowd = ThreadPoolExecutor(1, thread_name_prefix="duli-crowd")

    @contextmanager
    def page(self) -> Iterator[None]:
        """Answer a page in the caller's thread: at once, unless the process is full of pages."""
        with self._turn:
            while self._pages >= self._width:
                self._turn.wait()
            self._pages += 1
        try:
            yield
        finally:
            with self._turn:
                self._pages -= 1
                self._turn.notify_all()

    def crowd(self, work: Callable[[], R]) -> R:
        """Let the crowd's thread do `work` when it is next; return, or raise, what came of it."""
        with self._turn:
            self._next += 1
            mine = self._next
            self._waiting[mine] = time.monotonic()
        return self._crowd.submit(self._do, mine, work).result()

    def _do(self, mine: int, work: Callable[[], R]) -> R:
        end = time.monotonic() + LONGEST_SECONDS
        with self._turn:
            while self._pages and (left := end - time.monotonic()) > 0:
                self._turn.wait(left)
        try:
            return work()
        finally:
            with self._turn:
                del self._waiting[mine]
                self._turn.notify_all()

    def let_crowd_pass(self, seconds: float) -> None:
        """Wait until nobody of the crowd is left, for so long at most."""
        with self._turn:
            self._turn.wait_for(lambda: not self._waiting, seconds)

    def is_behind(self) -> bool:
        """Whether somebody of the crowd has been waiting for longer than a moment."""
        with self._turn:
            first = next(iter(self._waiting.values()), None)
        return first is not None and time.monotonic() - first > BEHIND_SECONDS


_here: Lanes | None = None


def open_lanes(width: int) -> Lanes:
    """Open the lanes of this process, which answers `width` pages at a time."""
    global _here
    _here = Lanes(width)
    return _here


def is_behind() -> bool:
    """Whether this process keeps somebody of a crowd waiting for longer than a moment."""
    return _here is not None and _here.is_behind()


def let_crowd_pass(seconds: float) -> None:
    """Wait, for so long at most, until this process has answered everybody of a crowd; at once where there is none."""
    if _here is not None:
        _here.let_crowd_pass(seconds)
