"""How pictures are fetched from addresses: the protocol that a plugin fulfils, and the registry of such plugins."""

from __future__ import annotations

from typing import Protocol

from duli.base.errors import DuliError
from duli.base.registry import Registry

MAXIMUM_BYTES = 25 * 1024 * 1024


def _(message: str) -> str:
    return message


TIMEOUT = _("it took too long")
NO_CONNECTION = _("no connection")
UNKNOWN_HOST = _("there is no such host")
PRIVATE_ADDRESS = _("the address is in a private network")
BAD_ADDRESS = _("the address is not valid")
TOO_LARGE = _("it is too large")
TOO_MANY_REDIRECTS = _("too many redirects")
HOST_GIVEN_UP = _("the host failed too often")


class FetchFailed(DuliError):
    """Nothing came, or nothing that may be taken; `reason` is one of those above or a status such as "HTTP 404"."""

    code = "fetch_failed"
    message = _("%(reason)s")
    status = 422

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class ImageFetcher(Protocol):
    def __call__(self, url: str) -> bytes:
        """Return what is at `url` (http or https), at most MAXIMUM_BYTES of it; else FetchFailed.

        Called from several threads at once; must not reach into private networks.
        """
        ...


fetchers: Registry[ImageFetcher] = Registry("image fetcher")
"""A plugin registers itself under "http"."""
