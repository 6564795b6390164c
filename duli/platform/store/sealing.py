"""Secrets at rest: encrypted under a key derived from SECRET_KEY, a different one for each purpose."""

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


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *(str(key) for key in settings.SECRET_KEY_FALLBACKS))


def seal(text: str, *, purpose: str) -> str:
    """Return `text` encrypted, as ASCII; only `unseal` with the same `purpose` ("payments.settings") reads it."""
    return _cipher(_keys(), purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Return the clear text; "" if the shop's secret key is no longer the one it was sealed under."""
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(_keys(), purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""
