"""Puts each request into its lane: those of a crowd in a flash sale into the narrow one (see `duli.base.lanes`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from duli.base.lanes import TICKET_COOKIE, Lanes

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Few bytes out of memory: waiting would cost more than answering.
IN_PASSING = ("/line", "/line/join", "/line/turn", "/state")


def by_lane(application: Application, lanes: Lanes) -> Application:
    """Return the application with its requests in lanes."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if "/flash-sales/" in path and path.endswith(IN_PASSING):
            return application(environ, start_response)
        if TICKET_COOKIE in environ.get("HTTP_COOKIE", ""):
            return lanes.crowd(lambda: application(environ, start_response))
        with lanes.page():
            return application(environ, start_response)

    return answer
