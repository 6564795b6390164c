"""The question that every open desk asks more than once a second: is there anything new?

It is answered before sessions, users and templates are looked at: whose session a cookie is, and how the bell stands
for them, are kept in the process under marks of change. Whoever is not known yet goes the long way once a minute.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from duli.growth.notifications.notices import Standing, standing
from duli.platform.accounts.models import User
from duli.platform.accounts.roles import TOPIC, role_of
from duli.platform.store.changes import ChangeCache

PATH: Final = "/admin/bell/poll/"
KNOWN_SECONDS: Final = 60
"""After this the long way is gone again, which knows of a session that ended elsewhere."""


@dataclass(frozen=True, slots=True)
class Listener:
    user_id: int
    permissions: frozenset[str]
    until: float


_listeners: ChangeCache[Listener] = ChangeCache(2000)


def remember(request: HttpRequest) -> Listener:
    """Note who sits behind this session; forgotten when roles, people or their sessions change."""
    user = request.user
    assert isinstance(user, User)
    listener = Listener(user.pk, role_of(user).permissions, time.monotonic() + KNOWN_SECONDS)
    if key := request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        _listeners.put(key, listener, [TOPIC])
    return listener


def forget(request: HttpRequest) -> None:
    """Somebody signs out in this process."""
    if key := request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        _listeners.put(key, Listener(0, frozenset(), 0.0), [TOPIC])


def answer(listener: Listener) -> HttpResponse:
    found: Standing = standing(user_id=listener.user_id, permissions=listener.permissions)
    body = json.dumps({"newest": found.newest, "unread": found.unread})
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, no-store"})


class BellMiddleware:
    """Answers the poll of those it knows; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == PATH and request.method == "GET":
            listener = _listeners.get(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
            if listener is not None and time.monotonic() < listener.until:
                return answer(listener)
        return self.get_response(request)
