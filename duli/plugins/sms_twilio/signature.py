"""How Twilio signs what it sends: an HMAC over the address and the fields of the form."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit


def signature(*, token: str, url: str, fields: Sequence[tuple[str, str]]) -> str:
    """Return X-Twilio-Signature: names sorted, the values of a name that comes twice unique and sorted."""
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(*, given: str, token: str, url: str, fields: Sequence[tuple[str, str]]) -> bool:
    """Compare with the address as it is and with its port written out, as Twilio does either."""
    return any(
        hmac.compare_digest(given.encode(), signature(token=token, url=address, fields=fields).encode())
        for address in dict.fromkeys((url, _with_port(url)))
    )


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.port:
        return url
    port = 443 if parts.scheme == "https" else 80
    return urlunsplit((parts.scheme, f"{parts.netloc}:{port}", parts.path, parts.query, parts.fragment))
