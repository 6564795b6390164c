"""What a token may do: what its scopes name, and never more than whoever made it may do now."""

from __future__ import annotations

from dataclasses import replace

from duli.base.clock import now
from duli.platform.accounts.roles import NOTHING, RoleView, role_of
from duli.platform.tokens.models import ApiToken

KIND = "token"


def role_of_token(key: str) -> RoleView:
    """Return the role of "token:5" by its key: limits and sight are its maker's, permissions the scopes both have.

    A token that has ended, or whose maker has left, may do nothing.
    """
    token = ApiToken.objects.select_related("created_by").filter(pk=int(key)).first() if _is_key(key) else None
    if token is None or token.is_over(now()) or token.created_by is None:
        return NOTHING
    maker = role_of(token.created_by)
    return replace(maker, code=KIND, label=token.name, permissions=maker.permissions & frozenset(token.scopes))


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
