from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.platform.accounts.identifiers import email_of, identify
from duli.platform.accounts.locks import lock_owners
from duli.platform.accounts.models import StaffSession, User
from duli.platform.accounts.permissions import OWNER
from duli.platform.accounts.proving import publish_proved
from duli.platform.accounts.roles import TOPIC, covers, role_of, role_of_actor, roles
from duli.platform.accounts.selectors import user_by_id
from duli.platform.accounts.services.second_step import await_second_step
from duli.platform.accounts.services.sessions import end_other_sessions
from duli.platform.accounts.types import (
    AboveYourRights,
    AddressTaken,
    LastOwner,
    LoginRefused,
    TooManyAttempts,
    UnknownRole,
    WeakPassword,
    WrongPassword,
)
from duli.platform.audit.services import record, record_change
from duli.platform.store.changes import mark
from duli.platform.store.selectors import languages

MAXIMUM_PASSWORD = 256


@transaction.atomic
def sign_up(*, email: str = "", phone: str = "", name: str = "", password: str, language: str = "") -> User:
    """Make an account whose address is still to be proved; `email` lower case or `phone` in E.164.

    An account with this address that nobody ever proved or entered gives way: whoever can read the code is the
    owner. Raises AddressTaken.
    """
    _forget_unproved(email=email, phone=phone)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email=email, phone=phone, password=password, name=one_line(name, 120), language=language
            )
    except IntegrityError:
        raise AddressTaken() from None
    if email:
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    return user


def _forget_unproved(*, email: str, phone: str) -> None:
    rows = User.objects.filter(email=email) if email else User.objects.filter(phone=phone)
    proved = EmailAddress.objects.filter(verified=True).values("user_id")
    rows.filter(last_login__isnull=True, is_staff=False, phone_verified=False).exclude(pk__in=proved).delete()


@transaction.atomic
def prove_phone(*, user: User, phone: str) -> None:
    """Note that the person can read what is sent to `phone` (E.164); it becomes theirs.

    An account that merely claimed the number gives way. Raises AddressTaken if somebody else proved it.
    """
    if user.phone != phone:
        _forget_unproved(email="", phone=phone)
    user.phone = phone
    user.phone_verified = True
    try:
        with transaction.atomic():
            user.save(update_fields=["phone", "phone_verified"])
    except IntegrityError:
        raise AddressTaken() from None
    publish_proved(user.pk)


@transaction.atomic
def create_staff(
    *, email: str, name: str = "", role: str = OWNER, password: str, language: str = "", actor: str = "system"
) -> User:
    """Make an account for a member of the staff; its e-mail address counts as proved.

    Raises InvalidInput(field="email"), UnknownRole, AboveYourRights, WeakPassword, AddressTaken.
    """
    address = email_of(email)
    if not address:
        raise InvalidInput(field="email")
    check_gift(role=role, actor=actor)
    check_password(password, User(email=address, name=name))
    _forget_unproved(email=address, phone="")
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email=address,
                name=one_line(name, 120),
                password=password,
                is_staff=True,
                role=role,
                language=language,
            )
            EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    except IntegrityError:
        raise AddressTaken() from None
    record_change(
        area="staff",
        reference=f"user:{user.pk}",
        label=str(user),
        before=None,
        after={"email": address, "name": user.name, "role": role},
        actor=actor,
    )
    mark(TOPIC)
    return user


def check_gift(*, role: str, actor: str) -> None:
    """Raise UnknownRole, or AboveYourRights if `actor` ("user:3") would give away more than they hold."""
    known = roles().get(role)
    if known is None:
        raise UnknownRole(role=role)
    if not covers(role_of_actor(actor), known):
        raise AboveYourRights()


def check_reach(*, person: User, actor: str) -> None:
    """Raise AboveYourRights if `person` holds more than `actor`, or is no staff."""
    if actor != f"user:{person.pk}" and not covers(role_of_actor(actor), role_of(person)):
        raise AboveYourRights()


@transaction.atomic
def set_role(*, user_id: int, role: str, actor: str) -> User:
    """Give a member of the staff another role. Raises NotFound, UnknownRole, AboveYourRights, LastOwner."""
    user = user_by_id(user_id)
    check_gift(role=role, actor=actor)
    check_reach(person=user, actor=actor)
    if role != OWNER:
        _keep_an_owner(user)
    before = user.role
    user.role = role
    user.is_staff = True
    user.save(update_fields=["role", "is_staff"])
    _record(user, {"role": before}, {"role": role}, actor)
    return user


@transaction.atomic
def set_active(*, user_id: int, active: bool, actor: str) -> User:
    """Let somebody in again, or not any more: open sessions end at once.

    Raises NotFound, AboveYourRights, LastOwner.
    """
    user = user_by_id(user_id)
    check_reach(person=user, actor=actor)
    if active:
        check_gift(role=user.role, actor=actor)
    else:
        _keep_an_owner(user)
    before = user.is_active
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_other_sessions(user_id=user.pk, actor=actor)
    _record(user, {"is_active": before}, {"is_active": active}, actor)
    return user


def _record(user: User, before: dict[str, object], after: dict[str, object], actor: str) -> None:
    reference = f"user:{user.pk}"
    record_change(area="staff", reference=reference, label=str(user), before=before, after=after, actor=actor)
    mark(TOPIC)


def _keep_an_owner(leaving: User) -> None:
    if leaving.is_staff and leaving.is_active and leaving.role == OWNER and lock_owners() == [leaving.pk]:
        raise LastOwner()


def check_password(password: str, user: User | None = None) -> None:
    """Raise WeakPassword(reasons=) unless `password` is good enough for `user`."""
    if len(password) > MAXIMUM_PASSWORD:
        raise InvalidInput(field="password")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(reasons=" ".join(error.messages)) from None


@transaction.atomic
def change_password(
    *, user_id: int, current: str, new: str, keep_session: str = "", request: HttpRequest | None = None
) -> User:
    """Set a new password; every other session of the person ends.

    A face keeps its own session alive with `django.contrib.auth.update_session_auth_hash`. Raises NotFound,
    WrongPassword, WeakPassword; TooManyAttempts where a face passes its request to be counted.
    """
    user = user_by_id(user_id)
    if request is not None and not ratelimit.consume(request, action="staff_password", key=str(user_id)):
        raise TooManyAttempts()
    if not user.check_password(current):
        raise WrongPassword()
    check_password(new, user)
    user.set_password(new)
    user.save(update_fields=["password"])
    StaffSession.objects.filter(user=user).exclude(session_key=keep_session).delete()
    if user.is_staff:
        record(area="staff", action="password", reference=f"user:{user.pk}", label=str(user), actor=f"user:{user.pk}")
    return user


@transaction.atomic
def update_profile(*, user_id: int, name: str, language: str = "") -> User:
    """Change the name and, if given, the language of the person. Raises NotFound, InvalidInput(field="language")."""
    user = user_by_id(user_id)
    if language and language not in languages():
        raise InvalidInput(field="language")
    user.name = one_line(name, 120)
    user.language = language or user.language
    user.save(update_fields=["name", "language"])
    return user


@transaction.atomic
def save_language(*, user_id: int, language: str) -> None:
    """Remember in which language the person reads."""
    User.objects.filter(pk=user_id).update(language=language[:12])


def open_session(request: HttpRequest, user: User) -> None:
    """Start a session for somebody who has just proved who they are."""
    get_adapter(request).login(request, user)


def login_staff(request: HttpRequest, identifier: str, password: str) -> User:
    """Log a member of the staff in, by e-mail address or phone number, and start their session.

    Who has a second step waits at the door until `second_step.finish_login`.
    Throttled by network address and by account. Raises TooManyAttempts, and LoginRefused for everything else:
    who knocks does not learn who works here.
    """
    email, phone = identify(identifier)
    credentials = {"phone": phone} if phone else {"email": email or one_line(identifier, 254).lower()}
    adapter = get_adapter(request)
    try:
        allowed = ratelimit.consume(request, action="login")
        user = adapter.authenticate(request, password=password[:MAXIMUM_PASSWORD], **credentials) if allowed else None
    except ValidationError:
        allowed = False
    if not allowed:
        raise TooManyAttempts()
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        raise LoginRefused()
    if user.has_second_step:
        await_second_step(request, user)
    else:
        adapter.login(request, user)
    return user
