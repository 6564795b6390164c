"""The yardstick: a Django project with one view that returns one word, served exactly as the shop is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

PAGE = b"<!doctype html><title>empty</title>"
urlpatterns: list[Any] = []


def load() -> Callable[..., Any]:
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    def empty(request: HttpRequest) -> HttpResponse:
        return HttpResponse(PAGE)

    urlpatterns.append(path("", empty))
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x", MIDDLEWARE=[], LOGGING_CONFIG=None)
    return get_wsgi_application()


def main(port: int, workers: int, threads: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "empty",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=5,
    )
    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
