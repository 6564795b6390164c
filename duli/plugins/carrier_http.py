"""One HTTP call to a tracking provider, for the plugins beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from duli.commerce.shipping.carrier import CarrierUnavailable
from duli.plugins.outward import client

TIMEOUT_SECONDS = 12.0
_UNSURE = {408, 425, 429}


def call(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    patience_seconds: float = TIMEOUT_SECONDS,
) -> tuple[int, Any]:
    """Return the status and the JSON of an answer; CarrierUnavailable if it does not say what happened."""
    import httpx2

    try:
        response = client().request(method, url, content=body, params=query, headers=headers, timeout=patience_seconds)
        data = response.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise CarrierUnavailable() from error
    if response.status_code >= 500 or response.status_code in _UNSURE:
        raise CarrierUnavailable()
    return response.status_code, data


def download(url: str, *, limit: int) -> bytes:
    """Return a file of at most `limit` bytes; CarrierUnavailable if it does not come, or is larger."""
    import httpx2

    content = b""
    try:
        with client().stream("GET", url, timeout=TIMEOUT_SECONDS) as response:
            if response.status_code != 200:
                raise CarrierUnavailable()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise CarrierUnavailable()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CarrierUnavailable() from error
    return content


def moment(text: object, hours: int = 0) -> datetime:
    """Read a moment ("2026-11-24T08:30:00+08:00", "2026-11-24 08:30:00"); one without an offset is at UTC+`hours`."""
    found = datetime.fromisoformat(str(text).strip())
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone(timedelta(hours=hours)) if hours else UTC)
    if not 2000 <= found.year <= 2100:
        raise ValueError("not a moment at which parcels travel")
    return found
