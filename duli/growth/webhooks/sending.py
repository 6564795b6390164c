"""One POST to another system, never into the shop's own network."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from duli.base.network import PrivateAddress, checked_address
from duli.growth.webhooks.types import Outcome

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_READ = 15.0
MOST_OF_AN_ANSWER = 1000


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send `body` and return what came of it. Redirects are not followed: a receiver has one address.

    The connection goes to the very address that was checked, whatever the name means a moment later.
    """
    import httpx2

    started = time.monotonic()

    def failed(problem: str) -> Outcome:
        return Outcome(None, "", problem, int((time.monotonic() - started) * 1000))

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = checked_address(parts.hostname or "", port, allow_private=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES)
    except PrivateAddress:
        return failed("private_address")
    except OSError:
        return failed("unknown_host")
    host = f"[{address}]" if ":" in address else address
    target = urlunsplit((parts.scheme, f"{host}:{port}", parts.path or "/", parts.query, ""))
    try:
        with (
            httpx2.Client(
                timeout=httpx2.Timeout(SECONDS_TO_READ, connect=SECONDS_TO_CONNECT),
                follow_redirects=False,
                # Proxies of the environment would resolve the name themselves, behind the check's back.
                trust_env=False,
            ) as client,
            client.stream(
                "POST",
                target,
                content=body,
                headers={
                    **headers,
                    "Host": parts.netloc,
                    "Content-Type": "application/json",
                    "User-Agent": "Duli-Webhooks/1",
                },
                extensions={"sni_hostname": parts.hostname},
            ) as response,
        ):
            answer = b""
            for chunk in response.iter_bytes(MOST_OF_AN_ANSWER):
                answer += chunk
                if len(answer) >= MOST_OF_AN_ANSWER or time.monotonic() - started > SECONDS_TO_READ:
                    break
            text = answer[:MOST_OF_AN_ANSWER].decode("utf-8", "replace").replace("\x00", "")
            return Outcome(response.status_code, text, "", int((time.monotonic() - started) * 1000))
    except httpx2.TimeoutException:
        return failed("timeout")
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError):
        return failed("no_connection")
