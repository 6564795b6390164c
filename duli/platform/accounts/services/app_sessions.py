"""Sessions of programs that somebody uses in place of the shop's pages: an app, a storefront of one's own.

Such a session is one of Django's, marked as an app's: its key is what the program shows with every call, in no cookie.
A password that is changed ends all of them, as it ends those of browsers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from duli.base.clock import now
from duli.platform.accounts.identifiers import identify
from duli.platform.accounts.models import User
from duli.platform.accounts.selectors import reachable_user
from duli.platform.accounts.throttle import may_try
from duli.platform.accounts.types import LoginRefused, SignInElsewhere, TooManyAttempts

DAYS = 30
LONGEST = 64
_APP = "app"


def _store(key: str | None = None) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def sign_in_app(*, request: HttpRequest, login: str, password: str) -> tuple[str, datetime]:
    """Begin a session for whoever has this e-mail address or phone number and password; return its key and end.

    Tries count together with those on the page (`request` says whose they are). TooManyAttempts; LoginRefused, the same
    for an address that nobody has or has proved and for a wrong password; SignInElsewhere for staff and for whoever has
    a second step: they sign in on the shop's own page.
    """
    email, phone = identify(login[:254])
    if not (email or phone) or not password:
        raise LoginRefused()
    credentials = {"email": email} if email else {"phone": phone}
    if not may_try(request, "login", email or phone):
        raise TooManyAttempts()
    try:
        user = get_adapter().authenticate(request, **credentials, password=password)
    except ValidationError:
        raise TooManyAttempts() from None
    if user is None or user != reachable_user(email=email, phone=phone):
        raise LoginRefused()
    if user.is_staff or user.has_second_step:
        raise SignInElsewhere()
    return _begin(user)


@transaction.atomic
def _begin(user: User) -> tuple[str, datetime]:
    ends = now() + timedelta(days=DAYS)
    session = _store()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[_APP] = True
    session.set_expiry(ends)
    session.create()
    user.last_login = now()
    user.save(update_fields=["last_login"])
    return session.session_key, ends


def user_of_app(key: str) -> User | None:
    """Return whose session an app shows; None where it is none, is over, or its password was changed since."""
    session = _of(key)
    if session is None:
        return None
    user = User.objects.filter(pk=session.get(SESSION_KEY), is_active=True, is_staff=False).first()
    if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    return user


def _of(key: str) -> Any:
    """Return the session of an app; None for anything else, also for one of a browser."""
    if not key.isascii() or not key.isalnum() or len(key) > LONGEST:
        return None
    session = _store(key)
    return session if session.get(_APP) is True else None


@transaction.atomic
def sign_out_app(*, key: str) -> None:
    """End a session of an app; none is ended already."""
    session = _of(key)
    if session is not None:
        session.delete()
