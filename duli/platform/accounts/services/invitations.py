from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import is_token, new_token
from duli.base.text import one_line
from duli.platform.accounts.identifiers import email_of
from duli.platform.accounts.locks import lock_invitation
from duli.platform.accounts.models import Invitation, User
from duli.platform.accounts.roles import roles
from duli.platform.accounts.selectors import user_by_id, verified_user
from duli.platform.accounts.services.people import check_gift, create_staff
from duli.platform.accounts.types import AddressTaken, InvitationGone, Invited
from duli.platform.audit.services import record
from duli.platform.mail import services as mail
from duli.platform.mail.transport import can_send_mail
from duli.platform.store.selectors import current_store

LIVES: Final = timedelta(days=3)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, email: str, role: str, name: str = "", language: str = "", actor: str) -> Invited:
    """Send somebody a link with which they set their own password and begin; it works once, for three days.

    Invited again, the earlier link no longer works. Raises InvalidInput(field="email"), UnknownRole,
    AboveYourRights, AddressTaken.
    """
    address = email_of(email)
    if not address:
        raise InvalidInput(field="email")
    check_gift(role=role, actor=actor)
    if verified_user(email=address):
        raise AddressTaken(field="email")
    row = Invitation.objects.filter(email=address, accepted_at=None, revoked_at=None).first() or Invitation(
        email=address, sends=0
    )
    row.name = one_line(name, 120)
    row.role = role
    row.language = language or current_store().default_language
    row.invited_by = actor
    return _send(row, actor)


def _send(row: Invitation, actor: str) -> Invited:
    token = new_token()
    row.token_hash = _hash(token)
    row.created_at = now()
    row.expires_at = row.created_at + LIVES
    row.sends += 1
    row.save()
    url = f"{settings.PUBLIC_URL}/admin/invitation/{token}/"
    inviter = str(user_by_id(int(actor[5:]))) if actor.startswith("user:") else ""
    mail.send(
        template="staff_invitation",
        to=row.email,
        language=row.language,
        context={
            "name": row.name,
            "inviter": inviter,
            "role": str(roles()[row.role].label),
            "days": LIVES.days,
            "url": url,
        },
        key=f"staff_invitation:{row.pk}:{row.sends}:{new_token()}",
    )
    record(
        area="staff",
        action="invited",
        reference=f"invitation:{row.pk}",
        label=row.email,
        changes={"role": (None, row.role)},
        actor=actor,
    )
    return Invited(row.pk, "" if can_send_mail() else url)


def _open(invitation_id: int) -> Invitation:
    row = Invitation.objects.filter(pk=invitation_id, accepted_at=None, revoked_at=None).first()
    if row is None:
        raise NotFound()
    return row


@transaction.atomic
def resend_invitation(*, invitation_id: int, actor: str) -> Invited:
    """Send a new link; the one before no longer works. Raises NotFound, AboveYourRights."""
    row = _open(invitation_id)
    check_gift(role=row.role, actor=actor)
    return _send(row, actor)


@transaction.atomic
def revoke_invitation(*, invitation_id: int, actor: str) -> None:
    """Take an invitation back: its link opens nothing any more. Raises NotFound, AboveYourRights."""
    row = _open(invitation_id)
    check_gift(role=row.role, actor=actor)
    row.revoked_at = now()
    row.save(update_fields=["revoked_at"])
    record(area="staff", action="revoked", reference=f"invitation:{row.pk}", label=row.email, actor=actor)


def invitation_by_token(token: str) -> Invitation:
    """Return the invitation that this link opens now. Raises InvitationGone."""
    row = Invitation.objects.filter(token_hash=_hash(token)).first() if is_token(token) else None
    if row is None or row.accepted_at or row.revoked_at or row.expires_at <= now() or row.role not in roles():
        raise InvitationGone()
    return row


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str) -> User:
    """Begin to work here: the person names themselves and sets a password. The link is used up.

    Raises InvitationGone, WeakPassword, AddressTaken.
    """
    try:
        row = lock_invitation(_hash(token))
    except NotFound:
        raise InvitationGone() from None
    invitation_by_token(token)
    user = create_staff(
        email=row.email, name=name or row.name, role=row.role, password=password, language=row.language, actor="system"
    )
    row.accepted_at = now()
    row.save(update_fields=["accepted_at"])
    record(
        area="staff",
        action="joined",
        reference=f"user:{user.pk}",
        label=str(user),
        changes={"invited_by": (None, row.invited_by)},
        actor=f"user:{user.pk}",
    )
    return user
