"""The only row locks of this room. Order: people by key, then one approval or one invitation."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.platform.accounts.models import Approval, Invitation, User
from duli.platform.accounts.permissions import OWNER


def lock_owners() -> list[int]:
    """Lock everybody who owns the shop, in order, and return their keys: two owners cannot remove each other."""
    owners = User.objects.select_for_update().filter(is_staff=True, is_active=True, role=OWNER).order_by("pk")
    return [owner.pk for owner in owners]


def lock_approval(approval_id: int) -> Approval:
    """Lock and return an approval, or raise NotFound."""
    approval = Approval.objects.select_for_update().filter(pk=approval_id).first()
    if approval is None:
        raise NotFound()
    return approval


def lock_invitation(token_hash: str) -> Invitation:
    """Lock and return the invitation with this link, or raise NotFound."""
    invitation = Invitation.objects.select_for_update().filter(token_hash=token_hash).first()
    if invitation is None:
        raise NotFound()
    return invitation
