"""Identifiers that leave the shop."""

from __future__ import annotations

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_token() -> str:
    """Return an unguessable, URL-safe token (≥ 128 bits) for order links, carts and idempotency keys."""
    return secrets.token_urlsafe(24)


def short_code(length: int = 8) -> str:
    """Return a code that people can read out: no 0/o, 1/l/i."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
