from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money


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
    has_second_step: bool
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


class SignInElsewhere(DuliError):
    """Who works here, or has a second step, signs in on the shop's own pages."""

    code = "sign_in_elsewhere"
    message = _("Please sign in on the shop's own page with this account.")
    status = 403


class TooManyAttempts(DuliError):
    code = "too_many_attempts"
    message = _("Too many attempts. Please wait five minutes and try again.")
    status = 429


class LastOwner(Conflict):
    """Somebody must be able to let others in."""

    code = "last_owner"
    message = _("A shop needs at least one owner.")


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """Something that waits for a second person, or did. `value` is money or a percent, `detail` words about it."""

    id: int
    kind: str
    label: str
    reference: str
    intent: Mapping[str, Any]
    detail: str
    value: Money | int
    note: str
    requested_by: str
    decided_by: str
    state: str
    answer: str
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None


class NotYourOwn(Conflict):
    code = "approval_not_your_own"
    message = _("Somebody else has to decide about what you asked for.")


class AboveYourLimit(DuliError):
    code = "above_your_limit"
    message = _("This is above your own limit too. Ask somebody whose role allows it.")
    status = 403


class AlreadyDecided(Conflict):
    code = "approval_already_decided"
    message = _("This was decided already, or it expired.")


class AboveYourRights(DuliError):
    """Nobody gives away more than they hold, and nobody touches who holds more."""

    code = "above_your_rights"
    message = _("Your own role does not allow this much. Ask an owner of the shop.")
    status = 403


class RoleInUse(Conflict):
    code = "role_in_use"
    message = _("People still have this role. Choose another role for them first.")


class RoleFixed(Conflict):
    code = "role_fixed"
    message = _("This role came with the software: it can be edited or reset, but not removed.")


class RoleNameTaken(Conflict):
    code = "role_name_taken"
    message = _("There is already a role with this name.")


@dataclass(frozen=True, slots=True)
class InvitationView:
    """Somebody who was invited and has not come yet."""

    id: int
    email: str
    name: str
    role: str
    role_label: str
    expires_at: datetime
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was written. `url` only where no mail can be sent: somebody has to hand it over."""

    id: int
    url: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A device on which somebody is signed in; `is_this` is the one that asks."""

    id: int
    device: str
    address: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class SecondStep:
    """What a person can prove themselves with, besides the password. `passkeys` are (key, name, last used)."""

    has_app: bool
    passkeys: tuple[tuple[int, str, datetime | None], ...]
    codes_left: int


class InvitationGone(Conflict):
    """Used, taken back or too old: the same answer for all."""

    code = "invitation_gone"
    message = _("This invitation was used, taken back, or is too old. Ask for a new one.")
    status = 410


class SetupOver(Conflict):
    """The shop has its people already, or the link is not this shop's: the same answer for both."""

    code = "setup_over"
    message = _("This link opens nothing any more. Who works here signs in; new people are invited by those who do.")
    status = 410


class WrongCode(DuliError):
    code = "wrong_code"
    message = _("This code is not right, or it was used already.")
    status = 422


class SecondStepNeeded(Conflict):
    code = "second_step_needed"
    message = _("Your role needs a second step: set up another one before you remove this.")
