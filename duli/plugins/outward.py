"""The HTTP client that plugins share: reading the machine's certificates anew for each call costs 80 ms of work."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from duli.base.lanes import aside

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS = 8.0


@lru_cache(maxsize=1)
def client() -> httpx2.Client:
    """Return the one client of this process. It follows no redirects, reads no proxy settings, keeps no connection.

    A connection that was kept may be gone when it is needed, and then nobody knows whether a payment was asked for.
    """
    import httpx2

    class Outward(httpx2.Client):
        """Whoever waits for another server lets others of this process go first."""

        def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
            with aside():
                return super().send(request, **options)

    limits = httpx2.Limits(max_keepalive_connections=0)
    return Outward(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False, limits=limits)


def absolute(address: str) -> str:
    """Return the address of a service that a merchant set up; one that begins with "/" is inside this shop."""
    return f"{settings.PUBLIC_URL}{address}" if address.startswith("/") else address
