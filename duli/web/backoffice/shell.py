"""The frame around every screen: navigation by permission, counts, person, appearance; and its error pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render as render_template
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, gettext, gettext_noop

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound, PermissionDenied, sentence
from duli.platform.accounts.roles import role_of
from duli.platform.store.selectors import current_store
from duli.web.backoffice import access
from duli.web.backoffice.frame import THEMES, Frame, Person, Seen, frame
from duli.web.backoffice.navigation import Words
from duli.web.backoffice.selectors import attention

THEME_COOKIE = "desk_theme"
REFUSALS = {
    403: PermissionDenied.message,
    404: NotFound.message,
    405: gettext_noop("This page cannot be opened this way."),
    413: gettext_noop("That is too much at once. Please send less text or a smaller file."),
}
_UNREADABLE = gettext_noop("This request cannot be read.")


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame, drawn, and what of it a screen may show as well."""

    store_name: str
    user: Any
    language: str
    other_language: tuple[str, str]
    theme: str
    themes: Mapping[str, Words]
    path: str
    frame: Frame
    drawn_at: datetime
    """What happens from here on is news to whoever looks at the page."""


def shell_for(request: HttpRequest, here: str) -> Shell:
    """Return the frame for a page at the place called `here` ("orders.to_ship")."""
    user: Any = request.user
    permissions = role_of(user).permissions
    language = get_language() or settings.LANGUAGE_CODE
    wanted = request.COOKIES.get(THEME_COOKIE, "auto")
    seen = Seen(
        here=here,
        user=Person(user.name, user.email or ""),
        permissions=permissions,
        attention=attention.waiting(orders="orders.view" in permissions),
        store_name=current_store(language).name,
        language=language,
        other_language=next((code, str(name)) for code, name in settings.LANGUAGES if code != language),
        theme=wanted if wanted in THEMES else "auto",
        prefix=get_script_prefix(),
    )
    path = request.get_full_path() if request.method in access.SAFE else reverse("backoffice:home")
    return Shell(
        store_name=seen.store_name,
        user=user,
        language=language,
        other_language=seen.other_language,
        theme=seen.theme,
        themes=THEMES,
        path=path,
        frame=frame(seen, token=get_token(request), path=path),
        drawn_at=now(),
    )


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Draw a screen. `context["here"]` names its place in the navigation.

    A part that is swapped into a page does not get the frame, and does not pay for it.
    """
    values = dict(context or {})
    part = template.startswith("backoffice/kit/") and not template.endswith("_page.html")
    if not part and access.is_staff(request.user):
        values["shell"] = shell_for(request, str(values.get("here", "")))
    values["csrf"] = get_token(request)
    values["html_language"] = "zh-Hans" if (get_language() or "").startswith("zh") else "en"
    return render_template(request, template, values, status=status)


def error_page(request: HttpRequest, error: DuliError) -> HttpResponse:
    """Tell what happened in one sentence; a part of a page gets the sentence alone."""
    return _told(request, sentence(error), error.status)


def _told(request: HttpRequest, words: str, status: int) -> HttpResponse:
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    template = "backoffice/kit/error.html" if part else "backoffice/error.html"
    return render(request, template, {"sentence": words, "status": status}, status=status)


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """Tell staff why something was not done that none of our screens could answer; nothing was changed."""
    with access.spoken(request):
        return _told(request, gettext(REFUSALS.get(status, _UNREADABLE)), status)


def stale(request: HttpRequest) -> HttpResponse:
    """A form without a valid token; nothing was changed."""
    with access.spoken(request):
        words = gettext("This form was open for too long. Reload the page and try again.")
        answer = _told(request, words, 400)
        answer.status_code = 403
        return answer


def outsider_page(request: HttpRequest) -> HttpResponse:
    """Somebody who is signed in, but not as staff."""
    with access.spoken(request):
        return render(request, "backoffice/outsider.html", {}, status=403)
