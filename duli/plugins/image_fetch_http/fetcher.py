from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from duli.base.network import PrivateAddress, checked_address
from duli.commerce.exchange import fetching
from duli.commerce.exchange.fetching import MAXIMUM_BYTES, FetchFailed

if TYPE_CHECKING:
    import httpx2

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_READ = 15.0
SECONDS_IN_ALL = 60.0
MAXIMUM_REDIRECTS = 5


class HttpFetcher:
    """Gets http and https addresses; may be used by several threads at once.

    The host's name is resolved here and the connection goes to exactly the address that was checked, so that a
    name cannot mean something else a moment later. Redirects are followed by hand and checked in the same way.
    """

    def __init__(self, *, allow_private: bool = False, maximum_bytes: int = MAXIMUM_BYTES) -> None:
        self._allow_private = allow_private
        self._maximum_bytes = maximum_bytes
        self._guard = threading.Lock()
        self._client: httpx2.Client | None = None

    def __call__(self, url: str) -> bytes:
        import httpx2

        deadline = time.monotonic() + SECONDS_IN_ALL
        try:
            for _ in range(MAXIMUM_REDIRECTS + 1):
                content, location = self._get(url, deadline)
                if content is not None:
                    return content
                url = urljoin(url, location)
        except httpx2.TimeoutException:
            raise FetchFailed(reason=fetching.TIMEOUT) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError):
            raise FetchFailed(reason=fetching.NO_CONNECTION) from None
        except (ValueError, UnicodeError):
            raise FetchFailed(reason=fetching.BAD_ADDRESS) from None
        raise FetchFailed(reason=fetching.TOO_MANY_REDIRECTS)

    def _get(self, url: str, deadline: float) -> tuple[bytes | None, str]:
        """Return (content, "") or (None, where to go on)."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
            raise FetchFailed(reason=fetching.BAD_ADDRESS)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked_address(parts.hostname, port)
        host = f"[{address}]" if ":" in address else address
        target = urlunsplit((parts.scheme, f"{host}:{port}", parts.path or "/", parts.query, ""))
        with self._opened().stream(
            "GET",
            target,
            headers={"Host": parts.netloc, "Accept": "image/*"},
            extensions={"sni_hostname": parts.hostname},
        ) as response:
            if response.is_redirect:
                return None, response.headers.get("Location", "")
            if response.status_code != 200:
                raise FetchFailed(reason=f"HTTP {response.status_code}")
            if int(response.headers.get("Content-Length") or 0) > self._maximum_bytes:
                raise FetchFailed(reason=fetching.TOO_LARGE)
            content = bytearray()
            for chunk in response.iter_bytes(65536):
                content += chunk
                if len(content) > self._maximum_bytes:
                    raise FetchFailed(reason=fetching.TOO_LARGE)
                if time.monotonic() > deadline:
                    raise FetchFailed(reason=fetching.TIMEOUT)
            return bytes(content), ""

    def _checked_address(self, host: str, port: int) -> str:
        try:
            return checked_address(host, port, allow_private=self._allow_private)
        except PrivateAddress:
            raise FetchFailed(reason=fetching.PRIVATE_ADDRESS) from None
        except OSError:
            raise FetchFailed(reason=fetching.UNKNOWN_HOST) from None

    def _opened(self) -> httpx2.Client:
        import httpx2

        with self._guard:
            if self._client is None:
                self._client = httpx2.Client(
                    timeout=httpx2.Timeout(SECONDS_TO_READ, connect=SECONDS_TO_CONNECT),
                    limits=httpx2.Limits(max_connections=16, max_keepalive_connections=8),
                    headers={"User-Agent": "Duli-Import/1"},
                    follow_redirects=False,
                    # Proxies of the environment would resolve the name themselves, behind the check's back.
                    trust_env=False,
                )
            return self._client
