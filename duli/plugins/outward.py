"""The HTTP client that plugins share: reading the machine's certificates anew for each call costs 80 ms of work."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS = 8.0


@lru_cache(maxsize=1)
def client() -> httpx2.Client:
    """Return the one client of this process. It follows no redirects, reads no proxy settings, keeps no connection.

    A connection that was kept may be gone when it is needed, and then nobody knows whether a payment was asked for.
    """
    import httpx2

    limits = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.Client(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False, limits=limits)


def absolute(address: str) -> str:
    """Return the address of a service that a merchant set up; one that begins with "/" is inside this shop."""
    return f"{settings.PUBLIC_URL}{address}" if address.startswith("/") else address
