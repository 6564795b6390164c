"""Handing a request to a WSGI application that stands in for somebody outside."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse


def hand_over(
    request: HttpRequest, application: Callable[..., Iterable[bytes]], *, prefix: str, path: str, most: int
) -> HttpResponse:
    """Return what the application answers under `prefix`; a body of more than `most` bytes is not handed over."""
    try:
        too_long = int(request.META.get("CONTENT_LENGTH") or 0) > most
    except ValueError:
        too_long = True
    body = b"" if too_long else request.body
    environ: dict[str, Any] = {
        **{name: value for name, value in request.META.items() if isinstance(value, str)},
        "REQUEST_METHOD": request.method or "GET",
        "SCRIPT_NAME": prefix,
        "PATH_INFO": f"/{path}",
        "wsgi.input": io.BytesIO(body),
    }
    if not too_long:
        environ["CONTENT_LENGTH"] = str(len(body))
    response = HttpResponse()

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        response.status_code = int(status.split(" ", 1)[0])
        for name, value in headers:
            response[name] = value

    response.content = b"".join(application(environ, start_response))
    return response
