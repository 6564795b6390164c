"""How often a stranger may try something that could be guessed."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest


def may_try(request: HttpRequest, action: str, key: str) -> bool:
    """Count one try of `action` by this address and for `key`; False once there were too many (see settings)."""
    return bool(ratelimit.consume(request, action=action, key=key.casefold()[:200]))
