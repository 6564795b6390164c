from __future__ import annotations

import math
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Count, Q

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.platform.accounts.approvals import approval_kinds
from duli.platform.accounts.models import Approval, Invitation, User
from duli.platform.accounts.roles import role_of, roles
from duli.platform.accounts.states import ApprovalState
from duli.platform.accounts.types import ApprovalView, InvitationView, StaffView
from duli.platform.store.prepared import Prepared

_proved_address = Prepared(
    lambda email: EmailAddress.objects.filter(email=email, verified=True).select_related("user").order_by("pk")[:1]
)
_addresses = Prepared(
    lambda role: (
        User.objects.filter(is_staff=True, is_active=True, role=role, email__isnull=False)
        .order_by("pk")
        .values_list("email", "language")
    )
)


def verified_user(*, email: str = "", phone: str = "") -> User | None:
    """Return whose address this is, if that person ever proved it; active or not."""
    if email:
        row = _proved_address.first(email.lower())
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
    known = roles()
    return [
        StaffView(
            id=user.pk,
            name=str(user),
            email=user.email or "",
            phone=user.phone or "",
            role=user.role,
            role_label=str(known[user.role].label if user.role in known else user.role),
            is_active=user.is_active,
            has_second_step=user.has_second_step,
            last_login=user.last_login,
        )
        for user in User.objects.filter(is_staff=True).order_by("-is_active", "pk")
    ]


def staff_addresses(role: str) -> list[tuple[str, str]]:
    """Return (e-mail, language) of active staff with this role."""
    return [(email or "", language) for email, language in _addresses.rows(role)]


def staff_who_may(permission: str) -> list[tuple[int, str]]:
    """Return (key, name) of active staff whose role allows `permission` (one query), by name."""
    rows = User.objects.filter(is_staff=True, is_active=True).order_by("name", "pk")
    return [(user.pk, user.name) for user in rows if user.name and permission in role_of(user).permissions]


def value_of(row: Approval) -> Money | int:
    """Return what the limit of an approval is about: money, or a percent."""
    if "currency" in row.value:
        return Money(int(row.value["minor"]), str(row.value["currency"]))
    return math.ceil(Decimal(row.value["percent"]))


def approval_view(row: Approval) -> ApprovalView:
    """Return an approval as people read it; one of a kind that is gone goes by its code."""
    known = approval_kinds.get(row.kind) if row.kind in approval_kinds else None
    detail = known.describe(row.intent) if known and known.describe else ""
    return ApprovalView(
        id=row.pk,
        kind=row.kind,
        label=str(known.label) if known else row.kind,
        reference=row.reference,
        intent=row.intent,
        detail=detail,
        value=value_of(row),
        note=row.note,
        requested_by=row.requested_by,
        decided_by=row.decided_by,
        state=row.state,
        answer=row.answer,
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_at=row.decided_at,
    )


def approval_by_id(approval_id: int) -> ApprovalView:
    """Return one approval. Raises NotFound."""
    row = Approval.objects.filter(pk=approval_id).first()
    if row is None:
        raise NotFound()
    return approval_view(row)


def approvals(
    *, kinds: Collection[str], state: str = "", asked_by: str = "", before_id: int = 0, limit: int = 50
) -> list[ApprovalView]:
    """Return approvals of these kinds, and all that `asked_by` asked for, newest first (one query)."""
    rows = Approval.objects.filter(Q(kind__in=kinds) | Q(requested_by=asked_by)).order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    if before_id:
        rows = rows.filter(pk__lt=before_id)
    return [approval_view(row) for row in rows[:limit]]


def kinds_decided_by(user: Any) -> list[str]:
    """Return the kinds of approvals that the person may decide about."""
    permissions = role_of(user).permissions
    return [code for code, kind in approval_kinds if kind.permission in permissions]


def approvals_waiting(*, kinds: Collection[str], but_of: str, most: int) -> int:
    """Return how many approvals of these kinds wait that somebody else asked for, up to `most` (one query)."""
    rows = Approval.objects.filter(kind__in=kinds, state=ApprovalState.WAITING).exclude(requested_by=but_of)
    return rows.order_by()[:most].count() if kinds else 0


def approvals_about(reference: str) -> list[ApprovalView]:
    """Return what waits for a second person about one thing, such as an order (one query)."""
    return [approval_view(row) for row in Approval.objects.filter(reference=reference, state=ApprovalState.WAITING)]


def people_by_role() -> dict[str, int]:
    """Return how many people have each role, those without access included (one query)."""
    rows = User.objects.filter(is_staff=True).values("role").annotate(people=Count("pk"))
    return {row["role"]: row["people"] for row in rows}


def invitations() -> list[InvitationView]:
    """Return who was invited and has not come yet, the newest first (one query)."""
    known = roles()
    moment = now()
    return [
        InvitationView(
            id=row.pk,
            email=row.email,
            name=row.name,
            role=row.role,
            role_label=str(known[row.role].label if row.role in known else row.role),
            expires_at=row.expires_at,
            is_expired=row.expires_at <= moment,
        )
        for row in Invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("-pk")
    ]
