"""The frame around every screen: navigation by permission, counts, person, appearance; and its error pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render as render_template
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, sentence
from duli.platform.accounts.permissions import allowed
from duli.platform.store.selectors import current_store
from duli.web.backoffice import access
from duli.web.backoffice.navigation import FOOT, PLACES, Place, Words
from duli.web.backoffice.selectors import attention
from duli.web.backoffice.selectors.attention import Attention

THEME_COOKIE = "desk_theme"
REFUSALS = {
    403: gettext_noop("Your role does not allow this."),
    404: gettext_noop("This does not exist or is no longer here."),
    405: gettext_noop("This page cannot be opened this way."),
    413: gettext_noop("That is too much at once. Please send less text or a smaller file."),
}
_UNREADABLE = gettext_noop("This request cannot be read.")
THEMES = {"auto": _("Like the device"), "light": _("Light"), "dark": _("Dark")}


@dataclass(frozen=True, slots=True)
class NavEntry:
    place: Place
    current: bool
    within: bool
    count: int
    children: tuple[tuple[Place, bool], ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the frame shows."""

    store_name: str
    user: Any
    language: str
    other_language: tuple[str, str]
    theme: str
    themes: Mapping[str, Words]
    nav: tuple[NavEntry, ...]
    foot: NavEntry | None
    attention: Attention
    path: str


def _entry(request: HttpRequest, place: Place, here: str, counts: Mapping[str, int]) -> NavEntry | None:
    if place.permission and not allowed(request.user, place.permission):
        return None
    area = here.split(".")[0]
    within = area == place.key
    children = tuple(
        (child, child.key == here)
        for child in place.children
        if within and (not child.permission or allowed(request.user, child.permission))
    )
    return NavEntry(place, here == place.key or (within and not children), within, counts.get(place.key, 0), children)


def shell_for(request: HttpRequest, here: str) -> Shell:
    """Return the frame for a page at the place called `here` ("orders.to_ship")."""
    waiting = attention.waiting(orders=allowed(request.user, "orders.view"), mails=allowed(request.user, "mail.view"))
    counts = {"orders": waiting.to_ship}
    language = get_language() or settings.LANGUAGE_CODE
    other = next((code, str(name)) for code, name in settings.LANGUAGES if code != language)
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return Shell(
        store_name=current_store(language).name,
        user=request.user,
        language=language,
        other_language=other,
        theme=theme if theme in THEMES else "auto",
        themes=THEMES,
        nav=tuple(filter(None, (_entry(request, place, here, counts) for place in PLACES))),
        foot=_entry(request, FOOT, here, {}),
        attention=waiting,
        path=request.get_full_path() if request.method in access.SAFE else reverse("backoffice:home"),
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


def outsider_page(request: HttpRequest) -> HttpResponse:
    """Somebody who is signed in, but not as staff."""
    with access.spoken(request):
        return render(request, "backoffice/outsider.html", {}, status=403)
