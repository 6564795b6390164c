"""One HTTP call to a service for text messages, for the plugins beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duli.platform.sms.channel import ChannelUnavailable
from duli.plugins.outward import absolute, client

TIMEOUT_SECONDS = 12.0


def call(
    method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of an answer.

    ChannelUnavailable if it does not say what happened; `reached` is False where the service was certainly not asked.
    """
    import httpx2

    try:
        response = client().request(method, url, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
    except (
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.PoolTimeout,
        httpx2.InvalidURL,
        httpx2.UnsupportedProtocol,
    ):
        raise ChannelUnavailable(reached=False) from None
    except httpx2.HTTPError:
        raise ChannelUnavailable() from None
    try:
        data = response.json()
    except ValueError:
        data = None
    if response.status_code >= 500 or not isinstance(data, dict):
        raise ChannelUnavailable()
    return response.status_code, data


def base_of(address: str, default: str) -> str:
    """Return the address of a service without its last slash."""
    return absolute(address or default).rstrip("/")


def whole(value: object) -> int:
    """Read a count that may come as text; 0 if it is none."""
    try:
        return max(0, min(int(str(value)), 99))
    except ValueError:
        return 0
