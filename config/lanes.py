"""Puts each request into its lane: those of a crowd in a flash sale into the narrow one (see `duli.base.lanes`).

Connections to the database do not stay with the server's threads, most of which wait: a request borrows one when it
first asks the database, and gives it back when it is answered, or waits for somebody else. So a process has as many as
there are requests at the database at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import FileResponse, StreamingHttpResponse

from duli.base.lanes import TICKET_COOKIE, Lanes, holding

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Few bytes out of memory: waiting would cost more than answering.
IN_PASSING = ("/line", "/line/join", "/line/turn", "/state")


class Connections:
    """Connections that are handed from request to request; the one that came back last goes first.

    Django makes a thread's connection when the thread first asks for it: there it is handed one that is free. Threads
    that answer no requests (jobs, commands) keep their own, as ever.
    """

    def __init__(self) -> None:
        self._free: list[BaseDatabaseWrapper] = []
        self._thread = threading.local()
        self._make = connections.create_connection
        setattr(connections, "create_connection", self._borrow)  # noqa: B010 - of Django's one handler

    def _borrow(self, alias: str) -> BaseDatabaseWrapper:
        if alias != DEFAULT_DB_ALIAS or not getattr(self._thread, "borrows", False):
            return self._make(alias)
        try:
            return self._free.pop()
        except IndexError:
            made = self._make(alias)
            made.inc_thread_sharing()
            return made

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let this thread borrow a connection when it needs one; Django itself closes what is too old."""
        self._thread.borrows = True
        try:
            with holding(self._give_back):
                yield
        finally:
            self._give_back()
            self._thread.borrows = False

    def _give_back(self) -> None:
        for connection in connections.all(initialized_only=True):
            # Whoever waits inside a transaction goes on in it.
            if connection.alias == DEFAULT_DB_ALIAS and not connection.in_atomic_block:
                del connections[DEFAULT_DB_ALIAS]
                self._free.append(connection)

    def streamed(self, answer: StreamingHttpResponse) -> Iterator[bytes]:
        """Yield what is read from the database while it is sent, with a connection of its own meanwhile."""
        try:
            with self.lent():
                yield from answer
        finally:
            answer.close()

    def close(self) -> None:
        """Let threads have their own connections again, and close what nobody has at the moment."""
        delattr(connections, "create_connection")
        while self._free:
            self._free.pop().close()


def by_lane(application: Application, lanes: Lanes, shared: Connections) -> Application:
    """Return the application with its requests in lanes."""

    def work(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with shared.lent():
            found = application(environ, start_response)
        if isinstance(found, StreamingHttpResponse) and not isinstance(found, FileResponse):
            return shared.streamed(found)
        return found

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if "/flash-sales/" in path and path.endswith(IN_PASSING):
            with lanes.passing():
                return work(environ, start_response)
        if TICKET_COOKIE in environ.get("HTTP_COOKIE", ""):
            return lanes.crowd(lambda: work(environ, start_response))
        with lanes.page():
            return work(environ, start_response)

    return answer
