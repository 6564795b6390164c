"""Named reads of accounts."""

from __future__ import annotations

from duli.platform.accounts.models import User


def staff_addresses(role: str) -> list[tuple[str, str]]:
    """Return (e-mail address, language or "") of the active staff with this role who have an address."""
    rows = User.objects.filter(is_staff=True, is_active=True, role=role, email__isnull=False)
    return [(email or "", language) for email, language in rows.order_by("pk").values_list("email", "language")]
