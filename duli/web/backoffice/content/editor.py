"""Wagtail's admin as the back office mounts it: what of it is open, to whom, and with which headers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path

from duli.growth.content.models import BlogIndex, Editor
from duli.web.backoffice.access import screen

View = Callable[..., HttpResponseBase]
METHODS: Final = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")

CLOSED: Final = (
    "test404/",
    "api/",
    "failwhale/",
    "collections/",
    "workflows/",
    "reports/",
    "account/",
    "logout/",
    "login/",
    "password_reset/",
    "dismissibles/",
)
"""Parts of Wagtail's admin that the back office has itself, or does not need. Their names stay, for its templates."""

CLOSED_VERBS: Final = frozenset(
    {"set_page_position", "move", "move_confirm", "set_privacy", "lock", "unlock", "convert_alias", "workflow_action"}
)
"""Verbs of trees and of larger houses: pages of a shop are two flat lists that anybody may read."""

LISTS: Final = frozenset(
    {"wagtailadmin_home", "wagtailadmin_explore_root", "wagtailadmin_explore", "wagtailadmin_explore_results"}
)

# Wagtail's editor writes styles and starts its fields from scripts in the page; nothing else in the house may.
POLICY: Final = {
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", "https:"],
}


def addresses() -> list[URLPattern | URLResolver]:
    """Return Wagtail's own addresses, its hooks and our windows and panels being loaded."""
    for name in ("wagtail.admin.wagtail_hooks", "duli.web.backoffice.content.hooks"):
        import_module(name)
    import_module("duli.web.backoffice.content.panels")
    found = import_module("wagtail.admin.urls").urlpatterns
    for pattern in found:
        if str(pattern.pattern).startswith(CLOSED):
            _close(pattern)
        elif isinstance(pattern, URLResolver):
            _close_verbs(pattern)
        elif pattern.name in LISTS:
            pattern.callback = _to_lists
    # Named by the list below the root of the tree, which leads nowhere here.
    sites = path("sites/", include(([path("", _closed, name="index")], "wagtailsites")))
    return [sites, *found]


def _to_lists(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Open our own list of pages or posts, which is where Wagtail's code goes back to."""
    of_posts = bool(kwargs) and BlogIndex.objects.filter(pk__in=kwargs.values()).exists()
    return redirect("backoffice:content_blog" if of_posts else "backoffice:content")


def _close_verbs(resolver: URLResolver) -> None:
    saving = import_module("duli.web.backoffice.content.saving")
    for inner in resolver.url_patterns:
        if isinstance(inner, URLResolver):
            _close_verbs(inner)
        elif (ours := saving.OURS.get(getattr(inner.callback, "view_class", None))) is not None:
            inner.callback = ours.as_view(**getattr(inner.callback, "view_initkwargs", {}))
        elif inner.name in CLOSED_VERBS:
            inner.callback = _closed


def _close(pattern: URLPattern | URLResolver) -> None:
    if isinstance(pattern, URLResolver):
        for inner in pattern.url_patterns:
            _close(inner)
    else:
        pattern.callback = _closed


def _closed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    raise Http404


def as_editor(user: Any) -> Editor:
    """Return the same person as Wagtail's code wants to see people, without asking the database."""
    fields = [field.attname for field in Editor._meta.concrete_fields]
    return Editor.from_db(user._state.db, fields, [getattr(user, name) for name in fields])


def door(view: View) -> View:
    """Let those in who may edit content, as the other screens do; Wagtail asks them nothing further."""

    @functools.wraps(view)
    def open_editor(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.user = as_editor(request.user)  # type: ignore[assignment]
        response = view(request, *args, **kwargs)
        render = getattr(response, "render", None)
        if callable(render):
            # Now, while the reader's language is spoken.
            response = render()
        response._csp_update = POLICY  # type: ignore[attr-defined]
        return response

    return screen("content.edit", write="content.edit", methods=METHODS)(open_editor)
