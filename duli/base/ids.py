"""Identifiers that leave the shop."""

from __future__ import annotations

import re
import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_token() -> str:
    """Return an unguessable, URL-safe token (≥ 128 bits) for order links, carts and idempotency keys."""
    return secrets.token_urlsafe(24)


_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_token(text: str) -> bool:
    """Say whether `text` can be a token at all; anything else need not be looked up (and may break a database)."""
    return bool(_TOKEN.fullmatch(text))


def readable_code(digest: bytes, length: int) -> str:
    """Return the code of those signs that a digest (16 bytes for 24 signs, or more) leads to; always the same."""
    number = int.from_bytes(digest)
    signs = []
    for _ in range(length):
        number, place = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[place])
    return "".join(signs)


def short_code(length: int = 8) -> str:
    """Return a code that people can read out: no 0/o, 1/l/i."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
