from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import short_code
from duli.base.text import one_line, slugify
from duli.platform.accounts.models import Role, User
from duli.platform.accounts.permissions import OWNER, PERMISSIONS, ROLE_HELP, ROLES
from duli.platform.accounts.roles import (
    TOPIC,
    RoleDraft,
    RoleView,
    builtin_role,
    covers,
    role_of_actor,
    role_view,
    roles,
)
from duli.platform.accounts.services.people import check_gift
from duli.platform.accounts.types import AboveYourRights, RoleFixed, RoleInUse, RoleNameTaken, UnknownRole
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold


@transaction.atomic
def save_role(*, code: str = "", draft: RoleDraft, actor: str, seen: Seen | None = None) -> RoleView:
    """Create a role (empty `code`) or change the one called `code`; it counts from everybody's next page.

    A built-in role becomes a row and keeps its own name. Nobody gives a role more than they hold, nor changes one
    that holds more than theirs. Raises NotFound, InvalidInput, RoleNameTaken, AboveYourRights, RoleFixed (owner).
    """
    hold("roles", seen)
    if code == OWNER:
        raise RoleFixed()
    before = roles().get(code) if code else None
    if code and before is None:
        raise NotFound()
    clean = _cleaned(draft, code)
    wanted = RoleView("", "", **{name: value for name, value in _values(clean).items() if name in _LIMITS})
    holder = role_of_actor(actor)
    if not covers(holder, wanted) or (before and not covers(holder, before)):
        raise AboveYourRights()
    if clean.name and any(str(role.label) == clean.name for role in roles().values() if role.code != code):
        raise RoleNameTaken(field="name")
    values = _values(clean) | {"permissions": sorted(clean.permissions)}
    row, _ = Role.objects.update_or_create(code=code or _new_code(clean.name), defaults=values)
    _record(row, _values(before) if before else None, _values(clean), actor)
    return role_view(row)


_LIMITS = ("permissions", "refund_limits", "discount_limit", "sees_cost", "sees_personal", "requires_mfa")


def _cleaned(draft: RoleDraft, code: str) -> RoleDraft:
    is_builtin = code in ROLES
    name = "" if is_builtin else one_line(draft.name, 60)
    if not name and not is_builtin:
        raise InvalidInput(field="name")
    if not draft.permissions <= frozenset(PERMISSIONS):
        raise InvalidInput(field="permissions")
    if draft.discount_limit is not None and not 0 <= draft.discount_limit <= 100:
        raise InvalidInput(field="discount_limit")
    if any(amount < 0 for amount in (draft.refund_limits or {}).values()):
        raise InvalidInput(field="refund_limits")
    description = one_line(draft.description, 200)
    if is_builtin and description == str(ROLE_HELP[code]):
        description = ""  # The words that came with the software stay translated.
    return replace(draft, name=name, description=description)


def _values(role: RoleDraft | RoleView) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(role, name) for name in _LIMITS}
    if isinstance(role, RoleDraft):
        return {"name": role.name, "description": role.description, **values}
    own = not role.is_builtin
    return {"name": str(role.label) if own else "", "description": str(role.help) if own else "", **values}


def _new_code(name: str) -> str:
    taken = roles()
    base = slugify(name)[:14].strip("-") or "role"
    return base if base not in taken else f"{base}-{short_code(4)}"


def _record(row: Role, before: dict[str, Any] | None, after: dict[str, Any] | None, actor: str) -> None:
    label = row.name or str(ROLES.get(row.code, row.code))
    record_change(area="roles", reference=f"role:{row.code}", label=label, before=before, after=after, actor=actor)
    mark(TOPIC)


@transaction.atomic
def delete_role(*, code: str, move_to: str = "", actor: str) -> int:
    """Remove one of the merchant's own roles; whoever has it gets the role `move_to`. Return how many moved.

    Raises NotFound, RoleFixed (built-in), RoleInUse (nobody said where to move), UnknownRole, AboveYourRights.
    """
    if code in ROLES:
        raise RoleFixed()
    row = Role.objects.filter(code=code).first()
    if row is None:
        raise NotFound()
    known = roles().get(code)
    if known and not covers(role_of_actor(actor), known):
        raise AboveYourRights()
    people = User.objects.filter(role=code).order_by("pk")
    moved = 0
    if people.exists():
        if not move_to:
            raise RoleInUse()
        if move_to == code:
            raise UnknownRole(role=move_to)
        check_gift(role=move_to, actor=actor)
        for person in people:
            record_change(
                area="staff",
                reference=f"user:{person.pk}",
                label=str(person),
                before={"role": code},
                after={"role": move_to},
                actor=actor,
            )
        moved = people.update(role=move_to)
    _record(row, _values(known) if known else {}, None, actor)
    row.delete()
    return moved


@transaction.atomic
def reset_role(*, code: str, actor: str) -> None:
    """Give a built-in role what it had when it came. Raises NotFound, AboveYourRights."""
    row = Role.objects.filter(code=code).first() if code in ROLES else None
    if row is None:
        raise NotFound()
    before = roles()[code]
    original = builtin_role(code)
    if not covers(role_of_actor(actor), original) or not covers(role_of_actor(actor), before):
        raise AboveYourRights()
    _record(row, _values(before), _values(original), actor)
    row.delete()
