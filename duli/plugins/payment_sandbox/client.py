"""The card page's protocol: signed JSON over HTTP.

A request carries ``Card-Merchant``, ``Card-Timestamp`` (Unix seconds) and ``Card-Signature: v1=<hex>``, the
HMAC-SHA256 of ``timestamp\\nMETHOD\\npath\\nbody`` under the merchant's key. A webhook carries
``Card-Signature: t=<seconds>,v1=<hex>`` over ``timestamp.body``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from duli.base.clock import now
from duli.commerce.payments.gateway import GatewayRefused, GatewayUnavailable, InvalidSignature
from duli.plugins.outward import client

TOLERANCE_SECONDS = 300
_UNSURE = {408, 409, 425, 429}


@dataclass(frozen=True, slots=True)
class Account:
    """Where the card page is and how we prove who we are; the secret signs both ways."""

    base_url: str
    merchant: str
    secret: str


def sign(secret: str, *parts: bytes) -> str:
    """Return the hex HMAC-SHA256 of the joined parts."""
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).hexdigest()


def call(
    account: Account, method: str, path: str, payload: dict[str, Any] | None = None, key: str = ""
) -> dict[str, Any]:
    """Send one signed request and return the answer's JSON object.

    GatewayUnavailable if the answer does not say what happened, GatewayRefused if it says no.
    """
    import httpx2

    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode() if payload is not None else b""
    timestamp = str(int(now().timestamp()))
    signature = sign(account.secret, f"{timestamp}\n{method}\n{path}\n".encode(), body)
    headers = {
        "Card-Merchant": account.merchant,
        "Card-Timestamp": timestamp,
        "Card-Signature": f"v1={signature}",
        "Content-Type": "application/json",
    }
    if key:
        headers["Idempotency-Key"] = key
    try:
        response = client().request(method, account.base_url + path, content=body, headers=headers)
        data = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise GatewayUnavailable() from error
    if response.status_code >= 500 or response.status_code in _UNSURE or not isinstance(data, dict):
        raise GatewayUnavailable()
    if response.status_code >= 400:
        error_data = data.get("error")
        problem = error_data if isinstance(error_data, dict) else {}
        raise GatewayRefused(reason=str(problem.get("code", "refused"))[:60], detail=str(problem.get("message", "")))
    return data


def verify(account: Account, body: bytes, header: str) -> None:
    """Check a webhook's signature over the raw body and its age, both ways. InvalidSignature."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    timestamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12) or not account.secret:
        raise InvalidSignature()
    expected = sign(account.secret, f"{timestamp}.".encode(), body)
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise InvalidSignature()
    if abs(now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature()
