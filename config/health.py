"""``/healthz`` says that the process lives, ``/readyz`` that it can serve. For load balancers and supervisors.

Neither opens a session or needs a template.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse


def problems() -> dict[str, str]:
    """Return what keeps this process from serving, by part; empty if nothing does."""
    found: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
            if cursor.fetchone() is None:
                found["database"] = "empty"
    except Exception as error:
        found["database"] = type(error).__name__
    if settings.ENVIRONMENT.redis_url:
        try:
            cache.get("readyz")
        except Exception as error:
            found["redis"] = type(error).__name__
    return found


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: 200, or 503 with what is wrong by part."""
    found = problems()
    return JsonResponse(
        {"ready": not found, "problems": found},
        status=503 if found else 200,
        headers={"Cache-Control": "no-store"},
    )


class HealthMiddleware:
    """Answers both before anything looks at the host name: a load balancer asks by number, not by name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        return view(request) if view else self.get_response(request)
