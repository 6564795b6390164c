"""Puts each request into its lane: those of a crowd in a flash sale into the narrow one (see `duli.base.lanes`).

Connections to the database go with the lanes, not with the server's threads, most of which wait: a request is lent one
when it is its turn, and hands it on. So a process has as many as it answers requests at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import FileResponse, StreamingHttpResponse

from duli.base.lanes import TICKET_COOKIE, Lanes

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Few bytes out of memory: waiting would cost more than answering.
IN_PASSING = ("/line", "/line/join", "/line/turn", "/state")


class Connections:
    """Connections that are handed from request to request; the one that came back last goes first."""

    def __init__(self) -> None:
        self._free: list[BaseDatabaseWrapper] = []

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let this thread have a connection, opened when it is first used; Django itself closes what is too old."""
        try:
            mine = self._free.pop()
        except IndexError:
            mine = connections.create_connection(DEFAULT_DB_ALIAS)
            mine.inc_thread_sharing()
        connections[DEFAULT_DB_ALIAS] = mine
        try:
            yield
        finally:
            del connections[DEFAULT_DB_ALIAS]
            self._free.append(mine)

    def streamed(self, answer: StreamingHttpResponse) -> Iterator[bytes]:
        """Yield what is read from the database while it is sent, with a connection of its own meanwhile."""
        try:
            with self.lent():
                yield from answer
        finally:
            answer.close()

    def close(self) -> None:
        """Close what nobody has at the moment."""
        while self._free:
            self._free.pop().close()


def by_lane(application: Application, lanes: Lanes, shared: Connections) -> Application:
    """Return the application with its requests in lanes."""
    # Hardly any of these asks the database: they would only keep an open one from those who do.
    in_passing = Connections()

    def work(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with shared.lent():
            found = application(environ, start_response)
        if isinstance(found, StreamingHttpResponse) and not isinstance(found, FileResponse):
            return shared.streamed(found)
        return found

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if "/flash-sales/" in path and path.endswith(IN_PASSING):
            with in_passing.lent():
                return application(environ, start_response)
        if TICKET_COOKIE in environ.get("HTTP_COOKIE", ""):
            return lanes.crowd(lambda: work(environ, start_response))
        with lanes.page():
            return work(environ, start_response)

    return answer
