from __future__ import annotations

from allauth.account.models import EmailAddress

from duli.base.errors import NotFound
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import ROLES
from duli.platform.accounts.types import StaffView


def verified_user(*, email: str = "", phone: str = "") -> User | None:
    """Return whose address this is, if that person ever proved it; active or not."""
    if email:
        row = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user").first()
        return row.user if row else None
    return User.objects.filter(phone=phone, phone_verified=True).first() if phone else None


def reachable_user(*, email: str = "", phone: str = "") -> User | None:
    """Return the active user to whom a code for this address may be sent.

    Somebody may have signed up with an address that is not theirs: until it is proved it opens nothing.
    """
    user = verified_user(email=email, phone=phone)
    return user if user and user.is_active else None


def user_by_id(user_id: int) -> User:
    """Return the user. Raises NotFound."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound()
    return user


def staff_list() -> list[StaffView]:
    """Return everybody who works here, those who left last (one query)."""
    return [
        StaffView(
            id=user.pk,
            name=str(user),
            email=user.email or "",
            phone=user.phone or "",
            role=user.role,
            role_label=str(ROLES.get(user.role, user.role)),
            is_active=user.is_active,
            last_login=user.last_login,
        )
        for user in User.objects.filter(is_staff=True).order_by("-is_active", "pk")
    ]


def staff_addresses(role: str) -> list[tuple[str, str]]:
    """Return (e-mail, language) of active staff with this role."""
    rows = User.objects.filter(is_staff=True, is_active=True, role=role, email__isnull=False).order_by("pk")
    return [(email or "", language) for email, language in rows.values_list("email", "language")]
