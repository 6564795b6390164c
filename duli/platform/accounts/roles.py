"""Which roles there are and what each may do: the merchant's rows over those that came with the software."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise

from duli.base.errors import NotFound
from duli.base.registry import Registry
from duli.platform.accounts.models import Role, User
from duli.platform.accounts.permissions import GRANTS, OWNER, PERMISSIONS, ROLE_HELP, ROLES
from duli.platform.store.changes import ChangeCache, look_now

TOPIC: Final = "staff"
"""Marked whenever roles or people change, so that every process counts them anew."""

WITHOUT_COST: Final = frozenset({"order_desk", "viewer"})


@dataclass(frozen=True, slots=True)
class RoleView:
    """One role; a copy, safe to keep. None as a limit means any amount."""

    code: str
    label: str | Promise
    help: str | Promise = ""
    permissions: frozenset[str] = frozenset()
    refund_limits: Mapping[str, int] | None = None
    discount_limit: int | None = None
    sees_cost: bool = False
    sees_personal: bool = False
    requires_mfa: bool = False
    is_builtin: bool = False
    is_changed: bool = False


NOTHING: Final = RoleView("", "", refund_limits={}, discount_limit=0)
"""What somebody with an unknown role may do."""


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """What a merchant fills in; amounts in minor units by currency."""

    name: str = ""
    description: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    refund_limits: Mapping[str, int] | None = None
    discount_limit: int | None = None
    sees_cost: bool = False
    sees_personal: bool = False
    requires_mfa: bool = False


_roles: ChangeCache[dict[str, RoleView]] = ChangeCache(1)


def builtin_role(code: str) -> RoleView:
    """Return a role as it came with the software."""
    return RoleView(
        code=code,
        label=ROLES[code],
        help=ROLE_HELP[code],
        permissions=GRANTS[code],
        sees_cost=code not in WITHOUT_COST,
        sees_personal=True,
        is_builtin=True,
    )


def role_view(row: Role) -> RoleView:
    """Return what a row allows."""
    builtin = row.code in ROLES
    return RoleView(
        code=row.code,
        label=row.name or ROLES.get(row.code, row.code),
        help=row.description or ROLE_HELP.get(row.code, ""),
        # A permission that the software no longer knows opens nothing.
        permissions=frozenset(row.permissions) & frozenset(PERMISSIONS),
        refund_limits=row.refund_limits,
        discount_limit=row.discount_limit,
        sees_cost=row.sees_cost,
        sees_personal=row.sees_personal,
        requires_mfa=row.requires_mfa,
        is_builtin=builtin,
        is_changed=builtin,
    )


def roles() -> Mapping[str, RoleView]:
    """Return every role by its code, the built-in ones first (no query while nothing changed)."""

    def read() -> dict[str, RoleView]:
        found = {code: builtin_role(code) for code in ROLES}
        return found | {row.code: role_view(row) for row in Role.objects.order_by("name", "pk")}

    return _roles.get_or_make("all", read, [TOPIC])


def role_called(code: str) -> RoleView:
    """Return the role with this code. Raises NotFound."""
    if code not in roles():
        # Another process may have made it a moment ago: whoever saved it is sent here at once.
        look_now()
    found = roles().get(code)
    if found is None:
        raise NotFound()
    return found


def role_of(user: Any) -> RoleView:
    """Return the role of a person; one that allows nothing if they are no active staff."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return NOTHING
    return roles().get(user.role, NOTHING)


actor_kinds: Registry[Callable[[str], RoleView]] = Registry("kind of actor")
"""Kinds of actors beside people, by what stands before the colon; a room that knows them says what "token:5" may do."""


def role_of_actor(actor: str) -> RoleView:
    """Return what an actor may do: "user:3" by their role, the software itself everything, others nothing.

    What stands for somebody else ("token:5") is asked of whoever registered its kind in `actor_kinds`.
    """
    kind, _, key = actor.partition(":")
    if kind in actor_kinds:
        return actor_kinds.get(kind)(key)
    if kind == "user" and key.isdigit():
        user = User.objects.filter(pk=int(key)).first()
        return role_of(user) if user else NOTHING
    return roles()[OWNER] if kind == "system" else NOTHING


def covers(holder: RoleView, wanted: RoleView) -> bool:
    """Say whether `holder` may give away everything that `wanted` allows."""
    if holder.code == OWNER:
        return True
    return (
        wanted.code != OWNER
        and wanted.permissions <= holder.permissions
        and holder.sees_cost >= wanted.sees_cost
        and holder.sees_personal >= wanted.sees_personal
        and _fits(holder.discount_limit, wanted.discount_limit)
        and _amounts_fit(holder.refund_limits, wanted.refund_limits)
    )


def _fits(most: int | None, wanted: int | None) -> bool:
    return most is None or (wanted is not None and wanted <= most)


def _amounts_fit(most: Mapping[str, int] | None, wanted: Mapping[str, int] | None) -> bool:
    if most is None:
        return True
    return wanted is not None and all(amount <= most.get(currency, 0) for currency, amount in wanted.items())
