"""Secrets at rest: encrypted under a key derived from SECRET_KEY, a different one for each purpose.

What was sealed under a former key (SECRET_KEY_FALLBACKS) can still be read; `resealing` brings it under the new one.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


@lru_cache(maxsize=16)
def _cipher(keys: tuple[str, ...], purpose: str) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    prefix = f"duli.{purpose}:".encode()
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(prefix + key.encode()).digest())) for key in keys]
    )


class Unreadable(Exception):
    """A sealed text that none of the shop's keys opens."""


def keys() -> tuple[str, ...]:
    """Return the shop's secret key and those that are accepted beside it, the oldest last."""
    return (settings.SECRET_KEY, *(str(key) for key in settings.SECRET_KEY_FALLBACKS))


def seal(text: str, *, purpose: str) -> str:
    """Return `text` encrypted, as ASCII; only `unseal` with the same `purpose` ("payments.settings") reads it."""
    return _cipher(keys(), purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Return the clear text; "" if the shop's secret key is no longer the one it was sealed under."""
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(keys(), purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def reseal(sealed: str, *, purpose: str) -> str:
    """Return a sealed text as the secret key of today seals it, the same where it did already. Unreadable."""
    from cryptography.fernet import InvalidToken

    if _opens(sealed, keys()[:1], purpose):
        return sealed
    try:
        return _cipher(keys(), purpose).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable() from None


def _opens(sealed: str, with_keys: tuple[str, ...], purpose: str) -> bool:
    from cryptography.fernet import InvalidToken

    try:
        _cipher(with_keys, purpose).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True
