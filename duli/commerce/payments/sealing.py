"""Secrets of gateways at rest: encrypted under a key derived from SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_PURPOSE = b"duli.payments.settings:"


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(_PURPOSE + key.encode()).digest())) for key in keys]
    )


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *(str(key) for key in settings.SECRET_KEY_FALLBACKS))


def seal(text: str) -> str:
    """Return `text` encrypted, as ASCII."""
    return _cipher(_keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the clear text; "" if the shop's secret key is no longer the one it was sealed under."""
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""
