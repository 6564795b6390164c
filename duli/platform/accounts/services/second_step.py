"""A code app, passkeys and recovery codes; the mathematics is allauth's.

Everything here works in the session of a request, because a ceremony begins and ends there.
"""

from __future__ import annotations

import json
import time
from types import ModuleType
from typing import Any, Final

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from duli.base.errors import NotFound
from duli.base.text import one_line
from duli.platform.accounts.models import User
from duli.platform.accounts.roles import TOPIC, role_of
from duli.platform.accounts.types import SecondStep, SecondStepNeeded, TooManyAttempts, WrongCode
from duli.platform.audit.services import record
from duli.platform.store.changes import mark

Type = Authenticator.Type
_WAITING: Final = "desk_second_step"
_WAITING_SECONDS: Final = 600
LARGEST: Final = 20_000
"""Characters of a passkey's answer; real ones have a few thousand."""


def _passkeys() -> ModuleType:
    from allauth.mfa.webauthn.internal import auth  # a fifth of a start, for those who have a passkey

    return auth  # type: ignore[no-any-return]


# -- signing in


def await_second_step(request: HttpRequest, user: User) -> None:
    """The password was right: remember for ten minutes who stands at the door."""
    request.session.cycle_key()
    request.session[_WAITING] = {"user": user.pk, "at": int(time.time())}


def waiting_user(request: HttpRequest) -> User | None:
    """Return who has given the right password and not yet the second step."""
    state = request.session.get(_WAITING)
    if not isinstance(state, dict) or time.time() - state.get("at", 0) > _WAITING_SECONDS:
        return None
    user = User.objects.filter(pk=int(state.get("user") or 0), is_active=True, is_staff=True).first()
    return user if user and user.has_second_step else None


def passkey_question(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """Return what the browser asks a passkey, or None if the person has none."""
    if not Authenticator.objects.filter(user=user, type=Type.WEBAUTHN).exists():
        return None
    return _plain(_passkeys().begin_authentication(user))


def finish_login(request: HttpRequest, *, code: str = "", passkey: str = "") -> User:
    """Sign in whoever waits at the door, by a code of the app, a recovery code, or a passkey's answer (JSON).

    Throttled by person and network address. Raises WrongCode, TooManyAttempts; NotFound if nobody waits.
    """
    user = waiting_user(request)
    if user is None:
        raise NotFound()
    authenticator = _checked(request, user, code=code, passkey=passkey)
    authenticator.record_usage()
    request.session.pop(_WAITING, None)
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    get_account_adapter(request).login(request, user)
    return user


def _checked(request: HttpRequest, user: User, *, code: str, passkey: str) -> Authenticator:
    key = f"second-step:{user.pk}"
    if not ratelimit.consume(request, action="second_step", key=key):
        raise TooManyAttempts()
    found = _by_passkey(user, passkey) if passkey else _by_code(user, code)
    ratelimit.clear(request, action="second_step", key=key)
    return found


def _by_passkey(user: User, answer: str) -> Authenticator:
    try:
        given = json.loads(answer) if len(answer) <= LARGEST else None
        if not isinstance(given, dict):
            raise WrongCode()
        return _passkeys().complete_authentication(user, given)  # type: ignore[no-any-return]
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise WrongCode() from None


def _by_code(user: User, code: str) -> Authenticator:
    typed = "".join(character for character in code if character.isalnum())[:32]
    for row in Authenticator.objects.filter(user=user, type__in=[Type.TOTP, Type.RECOVERY_CODES]).order_by("-type"):
        if typed and row.wrap().validate_code(typed):
            return row  # type: ignore[no-any-return]
    raise WrongCode()


def passed(request: HttpRequest) -> bool:
    """Say whether this session was opened, or later confirmed, with a second step."""
    records = request.session.get("account_authentication_methods")
    return isinstance(records, list) and any(entry.get("method") == "mfa" for entry in records)


# -- setting up


def second_step_of(user: User) -> SecondStep:
    """Return what the person has (one query)."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = next((row for row in rows if row.type == Type.RECOVERY_CODES), None)
    return SecondStep(
        has_app=any(row.type == Type.TOTP for row in rows),
        passkeys=tuple((row.pk, row.wrap().name, row.last_used_at) for row in rows if row.type == Type.WEBAUTHN),
        codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
    )


def app_secret(user: User) -> tuple[str, str]:
    """Return the secret to type into an app, and the same as a picture (SVG); the same until it is confirmed."""
    secret = totp.get_totp_secret()
    adapter = get_adapter()
    return secret, adapter.build_totp_svg(adapter.build_totp_url(user, secret))


@transaction.atomic
def add_app(request: HttpRequest, *, user: User, code: str) -> None:
    """Set up the app whose code is given. Raises WrongCode, TooManyAttempts."""
    if not ratelimit.consume(request, action="second_step", key=f"setup:{user.pk}"):
        raise TooManyAttempts()
    secret = totp.get_totp_secret()
    if not totp.validate_totp_code(secret, "".join(filter(str.isdigit, code))[:8]):
        raise WrongCode()
    try:
        with transaction.atomic():
            totp.TOTP.activate(user, secret)
    except IntegrityError:
        raise WrongCode() from None
    totp.clear_totp_secret(request)
    _added(request, user, Type.TOTP)


def passkey_offer(user: User) -> dict[str, Any]:
    """Return what the browser needs to make a passkey for this person."""
    return _plain(_passkeys().begin_registration(user, False))


@transaction.atomic
def add_passkey(request: HttpRequest, *, user: User, name: str, answer: str) -> None:
    """Keep the passkey that the browser made (its answer as JSON). Raises WrongCode."""
    try:
        given = json.loads(answer) if len(answer) <= LARGEST else None
        if not isinstance(given, dict):
            raise WrongCode()
        _passkeys().complete_registration(given)
        _passkeys().WebAuthn.add(user, one_line(name, 60) or "Passkey", given)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise WrongCode() from None
    _added(request, user, Type.WEBAUTHN)


def _added(request: HttpRequest, user: User, kind: str) -> None:
    RecoveryCodes.activate(user)
    User.objects.filter(pk=user.pk).update(has_second_step=True)
    user.has_second_step = True
    record_authentication(request, user, "mfa", type=kind)
    _record(user, "second_step", {kind: (False, True)})


def recovery_codes(user: User) -> list[str]:
    """Return the codes that are still good; empty without a second step."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return list(row.wrap().get_unused_codes()) if row else []


@transaction.atomic
def new_recovery_codes(*, user: User) -> list[str]:
    """Replace the recovery codes; the old ones open nothing any more. Raises NotFound without a second step."""
    if not user.has_second_step:
        raise NotFound()
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    _record(user, "second_step", {"recovery_codes": (None, "new")})
    return recovery_codes(user)


@transaction.atomic
def remove_second_step(*, user: User, authenticator_id: int = 0) -> None:
    """Take away the app (no key) or one passkey. The last one stays while the role needs one.

    Raises NotFound, SecondStepNeeded.
    """
    mine = Authenticator.objects.filter(user=user)
    wanted = mine.filter(pk=authenticator_id, type=Type.WEBAUTHN) if authenticator_id else mine.filter(type=Type.TOTP)
    row = wanted.first()
    if row is None:
        raise NotFound()
    others = mine.exclude(pk=row.pk).exclude(type=Type.RECOVERY_CODES).exists()
    if not others and role_of(user).requires_mfa:
        raise SecondStepNeeded()
    row.delete()
    if not others:
        mine.delete()
        User.objects.filter(pk=user.pk).update(has_second_step=False)
        user.has_second_step = False
    _record(user, "second_step", {row.type: (True, False)})


@transaction.atomic
def reset_second_step(*, user_id: int, actor: str) -> None:
    """Take everything away from somebody who lost their phone; they set it up anew.

    Raises NotFound, AboveYourRights.
    """
    from duli.platform.accounts.selectors import user_by_id
    from duli.platform.accounts.services.people import check_reach

    user = user_by_id(user_id)
    check_reach(person=user, actor=actor)
    Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(has_second_step=False)
    _record(user, "second_step", {"all": (True, False)}, actor)


def _record(user: User, action: str, changes: dict[str, tuple[Any, Any]], actor: str = "") -> None:
    record(
        area="staff",
        action=action,
        reference=f"user:{user.pk}",
        label=str(user),
        changes=changes,
        actor=actor or f"user:{user.pk}",
    )
    mark(TOPIC)


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return WebAuthn options as plain JSON values."""
    from fido2.webauthn import PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions

    inner = options.get("publicKey", options)
    if isinstance(inner, PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions):
        inner = dict(inner)
    return json.loads(json.dumps(dict(inner), default=dict))  # type: ignore[no-any-return]
