"""Who goes first when more is asked of a process than it can answer at once.

Pages of the shop have the wide lane: as many at a time as the process has room for. A crowd that buys in a flash sale
has a narrow one: one request after the other in the order in which they came, and none begins while pages are being
answered. So a rush takes what ordinary shopping leaves, nobody is refused, and whoever lets people into a rush can ask
whether it is behind. Who waits for another server (a payment provider) stands aside meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

R = TypeVar("R")

BEHIND_SECONDS = 0.4
"""A crowd whose requests wait for longer than this is not let grow."""
LONGEST_SECONDS = 1.0
"""So long a request that is next lets pages pass at most."""
TICKET_COOKIE = "line_"
"""What the cookies of those begin with who have, or had, a place in the line of a sale: they are the crowd."""
PASSING = 3
"""So many are answered in passing at once."""
CROWD_THREADS = 8
"""One of these works; the others stand aside."""


class Lanes:
    """The lanes of one process: `width` pages at a time, and one request of a crowd beside them."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._pages = 0
        self._turn = threading.Condition(threading.Lock())
        self._works = False
        self._waiting: dict[int, float] = {}
        self._inside: set[int] = set()
        self._next = 0
        self._passing = threading.Semaphore(PASSING)
        # Threads of its own: those who wait for their turn need no connection to the database.
        self._crowd = ThreadPoolExecutor(CROWD_THREADS, thread_name_prefix="duli-crowd")

    @contextmanager
    def page(self) -> Iterator[None]:
        """Answer a page in the caller's thread: at once, unless the process is full of pages."""
        self._take_page()
        try:
            with _steps(self._page_aside):
                yield
        finally:
            self._leave_page()

    def _take_page(self) -> None:
        with self._turn:
            while self._pages >= self._width:
                self._turn.wait()
            self._pages += 1

    def _leave_page(self) -> None:
        with self._turn:
            self._pages -= 1
            self._turn.notify_all()

    @contextmanager
    def _page_aside(self) -> Iterator[None]:
        self._leave_page()
        try:
            yield
        finally:
            self._take_page()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Answer in the caller's thread what hardly costs anything, a few at a time.

        All at once they would each wait for the interpreter, and whoever works for the crowd behind all of them.
        """
        with self._passing, _steps(self._passing_aside):
            yield

    @contextmanager
    def _passing_aside(self) -> Iterator[None]:
        self._passing.release()
        try:
            yield
        finally:
            self._passing.acquire()

    def crowd(self, work: Callable[[], R]) -> R:
        """Let a thread of the crowd do `work` when it is next; return, or raise, what came of it."""
        with self._turn:
            self._next += 1
            mine = self._next
            self._waiting[mine] = time.monotonic()
            # In the order of the numbers: later ones must not hold all threads while they wait for an earlier one.
            done = self._crowd.submit(self._do, mine, work)
        return done.result()

    def _do(self, mine: int, work: Callable[[], R]) -> R:
        self._begin(mine)
        try:
            with _steps(self._crowd_aside):
                return work()
        finally:
            with self._turn:
                self._works = False
                self._inside.discard(mine)
                self._turn.notify_all()

    def _begin(self, mine: int) -> None:
        with self._turn:
            # First those who came before, then the pages, but these for a moment only.
            while self._works or next(iter(self._waiting)) != mine:
                self._turn.wait()
            end = time.monotonic() + LONGEST_SECONDS
            while self._works or (self._pages and time.monotonic() < end):
                self._turn.wait(max(end - time.monotonic(), 0) if self._pages and not self._works else None)
            del self._waiting[mine]
            self._inside.add(mine)
            self._works = True
            self._turn.notify_all()

    @contextmanager
    def _crowd_aside(self) -> Iterator[None]:
        with self._turn:
            self._works = False
            self._turn.notify_all()
        try:
            yield
        finally:
            with self._turn:
                while self._works:
                    self._turn.wait()
                self._works = True

    def let_crowd_pass(self, seconds: float) -> None:
        """Wait until nobody of the crowd is left, for so long at most."""
        with self._turn:
            self._turn.wait_for(lambda: not self._waiting and not self._inside, seconds)

    def is_behind(self) -> bool:
        """Whether somebody of the crowd has been waiting for longer than a moment."""
        with self._turn:
            first = next(iter(self._waiting.values()), None)
        return first is not None and time.monotonic() - first > BEHIND_SECONDS


_mine = threading.local()


@contextmanager
def _steps(aside: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Remember how this thread steps aside."""
    before = getattr(_mine, "aside", None)
    _mine.aside = aside
    try:
        yield
    finally:
        _mine.aside = before


@contextmanager
def holding(give_back: Callable[[], None]) -> Iterator[None]:
    """Remember how this thread gives back what it was lent; it borrows again when it needs it."""
    _mine.give_back = give_back
    try:
        yield
    finally:
        _mine.give_back = None


def give_back() -> None:
    """Keep nothing that others may need while this thread waits for somebody; nothing where nothing was lent."""
    if (back := getattr(_mine, "give_back", None)) is not None:
        back()


_here: Lanes | None = None


def open_lanes(width: int) -> Lanes:
    """Open the lanes of this process, which answers `width` pages at a time."""
    global _here
    _here = Lanes(width)
    return _here


@contextmanager
def aside() -> Iterator[None]:
    """Let others go first while another server is asked; nothing where there are no lanes."""
    give_back()
    steps = getattr(_mine, "aside", None)
    if steps is None:
        yield
    else:
        with steps():
            yield


def is_behind() -> bool:
    """Whether this process keeps somebody of a crowd waiting for longer than a moment."""
    return _here is not None and _here.is_behind()


def let_crowd_pass(seconds: float) -> None:
    """Wait, for so long at most, until this process has answered everybody of a crowd; at once where there is none."""
    if _here is not None:
        _here.let_crowd_pass(seconds)
