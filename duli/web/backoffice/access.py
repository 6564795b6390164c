"""The door of the back office: who may come in, in which language and time zone, and how errors are told."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from duli.base.errors import DuliError, PermissionDenied
from duli.base.ids import is_token, short_code
from duli.platform.accounts.permissions import require
from duli.platform.accounts.roles import role_of
from duli.platform.accounts.services.second_step import passed
from duli.platform.accounts.services.sessions import touch_session
from duli.platform.audit.context import acting
from duli.platform.store.selectors import current_store
from duli.web.backoffice.kit.personal import for_person, hidden, veiled

LANGUAGE_COOKIE = "desk_language"
SAFE = {"GET", "HEAD", "OPTIONS"}
View = Callable[..., HttpResponseBase]


def actor_of(request: HttpRequest) -> str:
    """Return who acts, as the rooms below write it."""
    return f"user:{request.user.pk}"


def address_of(request: HttpRequest) -> str:
    """Return the network address that the request came from, as the server in front of us knows it."""
    return str(request.META.get("REMOTE_ADDR") or "")


def request_id(request: HttpRequest) -> str:
    """Return the name of this request: the proxy's, or a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if is_token(given) else short_code(12)


def is_staff(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def language_of(request: HttpRequest) -> str:
    """Return the language to speak: the user's own, else the one chosen at the door, else the browser's."""
    known = [code for code, _ in settings.LANGUAGES]
    user = getattr(request, "user", AnonymousUser())
    wanted = getattr(user, "language", "") if user.is_authenticated else request.COOKIES.get(LANGUAGE_COOKIE, "")
    if wanted in known:
        return str(wanted)
    asked = translation.get_language_from_request(request)
    return asked if asked in known else settings.LANGUAGE_CODE


@contextmanager
def spoken(request: HttpRequest) -> Iterator[None]:
    """Speak the reader's language and keep the store's time inside the block."""
    with translation.override(language_of(request)), timezone.override(ZoneInfo(current_store().time_zone)):
        yield


def to_login(request: HttpRequest) -> HttpResponse:
    """Send somebody unknown to the door, and back here afterwards."""
    path = request.get_full_path() if request.method in SAFE else reverse("backoffice:home")
    url = f"{reverse('backoffice:login')}?{urlencode({'next': path})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _second_step(request: HttpRequest, *, before: bool) -> HttpResponse | None:
    """Return where to go first: the door again, or the page where a second step is set up; None if nowhere."""
    user = request.user
    if getattr(user, "has_second_step", False):
        if passed(request):
            return None
        logout(request)
        return to_login(request)
    if before or not role_of(user).requires_mfa:
        return None
    url = reverse("backoffice:security")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def screen(
    permission: str = "",
    *,
    write: str = "",
    methods: tuple[str, ...] = ("GET", "HEAD", "POST"),
    before_second_step: bool = False,
    personal: bool = False,
) -> Callable[[View], View]:
    """Let in staff who hold `permission` (and `write`, to change anything); nobody else learns what is behind.

    Unknown people are sent to the login, shoppers and staff without the permission see a page with 403. A
    typed error of a service becomes a page with its sentence and status. Nothing of the back office is cached.
    Whose role needs a second step and who has none yet is sent to set it up; only pages marked
    `before_second_step` open until then. From whom personal data is hidden gets it masked, and no page that is
    marked `personal`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            from duli.web.backoffice.shell import error_page, outsider_page

            response: HttpResponseBase
            if not is_staff(request.user):
                response = outsider_page(request) if request.user.is_authenticated else to_login(request)
                return _private(response)
            if detour := _second_step(request, before=before_second_step):
                return _private(detour)
            touch_session(request)
            with (
                spoken(request),
                for_person(request),
                acting(actor_of(request), request_id=request_id(request), address=address_of(request)),
            ):
                try:
                    if permission:
                        require(request.user, permission)
                    if request.method not in methods:
                        return _private(HttpResponseNotAllowed(methods))
                    if write and request.method not in SAFE:
                        require(request.user, write)
                    if personal and hidden():
                        raise PermissionDenied()
                    response = view(request, *args, **kwargs)
                except DuliError as error:
                    response = error_page(request, error)
                response = veiled(response)
            return _private(response)

        inner.permission = permission  # type: ignore[attr-defined]
        inner.write = write  # type: ignore[attr-defined]
        return inner

    return decorate


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie", "HX-Request", "HX-Target"])
    return response
