from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duli.base.errors import Conflict, DuliError


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class StaffView:
    """One member of the staff in a list."""

    id: int
    name: str
    email: str
    phone: str
    role: str
    role_label: str
    is_active: bool
    last_login: datetime | None


class AddressTaken(Conflict):
    """Only staff who create staff are told; shoppers never learn who has an account."""

    code = "account_address_taken"
    message = _("There is already an account with this address.")


class UnknownRole(DuliError):
    code = "unknown_role"
    message = _("There is no role “%(role)s”.")
    status = 422


class WeakPassword(DuliError):
    """`reasons` are sentences in the active language."""

    code = "weak_password"
    message = _("This password is too weak: %(reasons)s")
    status = 422


class WrongPassword(DuliError):
    code = "wrong_password"
    message = _("The current password is not right.")
    status = 422


class LoginRefused(DuliError):
    """Wrong password, no such person, no staff, or not active: the same answer for all of them."""

    code = "login_refused"
    message = _("This address and this password do not belong together.")
    status = 422


class TooManyAttempts(DuliError):
    code = "too_many_attempts"
    message = _("Too many attempts. Please wait five minutes and try again.")
    status = 429


class LastOwner(Conflict):
    """Somebody must be able to let others in."""

    code = "last_owner"
    message = _("A shop needs at least one owner.")
