"""Who answers when something is refused or breaks before, or outside, one of our own views: the face it was meant for.

Calls of the API get JSON, staff the back office's page, everybody else a page of the shop. Faces are loaded when
they are first needed, as in `config.urls`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

API, DESK, PROVIDERS, ACCOUNT = "/api/", "/admin/", "/payments/", "/account/"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WRITING = {"POST", "PUT", "PATCH"}
# What is read to its end although it was refused, so that the sender hears why instead of a broken connection.
HEARD_OUT = 32 * 1024 * 1024


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    """Say in the reader's language that this cannot be done, and that nothing was changed."""
    if request.path_info.startswith(API):
        from duli.web.api.refusals import refused

        return refused(request, status)
    if _is_at_the_desk(request):
        from duli.web.backoffice import shell

        return shell.refused(request, status)
    from duli.web.storefront.views import errors

    return errors.refused(request, status)


def _is_at_the_desk(request: HttpRequest) -> bool:
    if not (request.path_info.startswith(DESK) and hasattr(request, "user")):
        return False
    from duli.web.backoffice.access import is_staff

    return is_staff(request.user)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refuse(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refuse(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path_info.startswith(API) or _is_at_the_desk(request):
        return refuse(request, 404)
    from duli.web.storefront.views import errors

    return errors.not_found(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: usually one that stood open for too long."""
    if _is_at_the_desk(request):
        from duli.web.backoffice import shell

        return shell.stale(request)
    from duli.web.storefront.views import errors

    return errors.csrf_failure(request, reason)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without anything that may have broken: no theme, no session, no database."""
    if request.path_info.startswith(API):
        return refuse(request, 500)
    from duli.web.storefront.views import errors

    return errors.server_error(request)


class RefusalMiddleware:
    """Words for answers that Django and its helpers leave empty, and a closed door for calls that are no JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if 400 <= response.status_code < 500 and request.method not in {"GET", "HEAD"}:
            _hear_out(request)
        if isinstance(response, HttpResponseNotAllowed):
            answer = refuse(request, 405)
            answer.headers["Allow"] = response.headers["Allow"]
            return answer
        return response

    def process_view(self, request: HttpRequest, *resolved: Any) -> HttpResponse | None:
        """Refuse what no view can read; who asks is known by now, so the answer speaks their language."""
        if request.path_info.startswith(API):
            if _is_broken(request.META.get("QUERY_STRING", "")):
                return refuse(request, 400)
            if request.method in WRITING and request.content_type not in {"", JSON}:
                return refuse(request, 415)
        elif request.method == "POST" and request.content_type == FORM and _is_broken_form(request):
            return refuse(request, 400)
        return None

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """A form of an account that comes back with what is wrong in it is no success."""
        form = (response.context_data or {}).get("form")
        if request.path_info.startswith(ACCOUNT) and response.status_code == 200 and getattr(form, "errors", None):
            response.status_code = 422
        return response


def _hear_out(request: HttpRequest) -> None:
    with suppress(OSError):
        left = HEARD_OUT
        while left > 0 and (piece := request.read(1024 * 1024)):
            left -= len(piece)


def _is_broken_form(request: HttpRequest) -> bool:
    if request.path_info.startswith(PROVIDERS):
        # Some of them write another charset; what they sign is looked at byte by byte.
        return False
    try:
        return _is_broken(request.body)
    except (RequestDataTooBig, UnreadablePostError):
        # Whoever reads it next meets the same.
        return False


def _is_broken(written: str | bytes) -> bool:
    """Whether a query or form is not written in UTF-8, or holds what no text may hold."""
    try:
        return "\x00" in unquote_to_bytes(written).decode("utf-8")
    except UnicodeDecodeError:
        return True
