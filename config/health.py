"""``/healthz`` says that the process lives, ``/readyz`` that it can serve. For load balancers and supervisors.

A middleware, and the first one: it answers whatever host name the question comes with, opens no session and needs
no template.
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


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})
        if request.path_info == "/readyz":
            found = problems()
            return JsonResponse(
                {"ready": not found, "problems": found},
                status=503 if found else 200,
                headers={"Cache-Control": "no-store"},
            )
        return self.get_response(request)
