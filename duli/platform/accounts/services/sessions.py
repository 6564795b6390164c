"""Where somebody is signed in; sessions themselves are Django's."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.platform.accounts.models import StaffSession, User
from duli.platform.accounts.roles import TOPIC
from duli.platform.accounts.types import SessionView
from duli.platform.audit.context import short_address
from duli.platform.audit.services import record
from duli.platform.store.changes import mark

SEEN_SECONDS = 300
"""How exactly the last visit is known."""

_SEEN = "desk_seen"
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("MicroMessenger", "WeChat"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


def device_of(user_agent: str) -> str:
    """Return the browser and the system in a few letters, as far as the browser tells."""
    cut = user_agent[:400]
    browser = next((name for sign, name in _BROWSERS if re.search(rf"\b{sign}", cut)), "")
    system = next((name for sign, name in _SYSTEMS if sign in cut), "")
    return " · ".join(filter(None, [browser, system]))


@transaction.atomic
def note_session(request: HttpRequest) -> None:
    """Remember that the person of this session signed in on this device."""
    if not request.session.session_key:
        request.session.save()
    request.session[_SEEN] = int(time.time())
    moment = now()
    StaffSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user_id": int(str(request.user.pk)),
            "device": device_of(request.headers.get("User-Agent", "")),
            "address": short_address(str(request.META.get("REMOTE_ADDR") or "")),
            "started_at": moment,
            "seen_at": moment,
        },
    )


def touch_session(request: HttpRequest) -> None:
    """Note every few minutes that the session is in use; costs nothing in between."""
    seen = request.session.get(_SEEN)
    if not isinstance(seen, int) or time.time() - seen < SEEN_SECONDS:
        return
    request.session[_SEEN] = int(time.time())
    StaffSession.objects.filter(session_key=request.session.session_key).update(seen_at=now())


def sessions_of(user_id: int, *, this: str = "") -> list[SessionView]:
    """Return the devices on which somebody is signed in, the latest first (two queries)."""
    _prune(user_id)
    return [
        SessionView(row.pk, row.device, row.address, row.started_at, row.seen_at, row.session_key == this)
        for row in StaffSession.objects.filter(user_id=user_id).order_by("-seen_at")
    ]


def _prune(user_id: int) -> None:
    old = now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    StaffSession.objects.filter(user_id=user_id, seen_at__lt=old).delete()


def _end(rows: list[StaffSession]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in rows:
        store(row.session_key).delete()
        row.delete()
    if rows:
        mark(TOPIC)


@transaction.atomic
def end_session(*, user_id: int, session_id: int, actor: str) -> None:
    """Sign somebody out on one device, at once. Raises NotFound."""
    row = StaffSession.objects.filter(pk=session_id, user_id=user_id).select_related("user").first()
    if row is None:
        raise NotFound()
    _record(row.user, 1, actor)
    _end([row])


@transaction.atomic
def end_other_sessions(*, user_id: int, keep: str = "", actor: str) -> int:
    """Sign somebody out everywhere but in the session with the key `keep`; return on how many devices."""
    rows = list(StaffSession.objects.filter(user_id=user_id).exclude(session_key=keep).select_related("user"))
    if rows:
        _record(rows[0].user, len(rows), actor)
    _end(rows)
    return len(rows)


def _record(user: User, count: int, actor: str) -> None:
    record(
        area="staff",
        action="sessions",
        reference=f"user:{user.pk}",
        label=str(user),
        changes={"devices": (count, 0)},
        actor=actor,
    )
