"""ACS3-HMAC-SHA256, the signature of Alibaba Cloud's calls."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()


def encoded_query(query: Mapping[str, str]) -> str:
    """Return the query as it is signed and as it is sent: sorted, everything escaped but letters, digits and -_.~"""
    return "&".join(f"{_escaped(name)}={_escaped(query[name])}" for name in sorted(query))


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def signed_headers(
    *, host: str, action: str, version: str, query: str, key_id: str, secret: str, instant: datetime, nonce: str = ""
) -> dict[str, str]:
    """Return all headers of a POST without a body to "/" with this (encoded) query."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _EMPTY,
        "x-acs-date": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce or secrets.token_hex(16),
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        ["POST", "/", query, *(f"{name}:{headers[name].strip()}" for name in sorted(headers)), "", names, _EMPTY]
    )
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return headers
