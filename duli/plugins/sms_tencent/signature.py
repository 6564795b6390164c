"""TC3-HMAC-SHA256, the signature of Tencent Cloud's calls."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json"


def authorization(*, host: str, body: bytes, key_id: str, secret: str, instant: datetime, service: str = "sms") -> str:
    """Return the header `Authorization` of a POST of JSON to "/"."""
    moment = int(instant.timestamp())
    day = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    names = "content-type;host"
    canonical = "\n".join(
        ["POST", "/", "", f"content-type:{CONTENT_TYPE}", f"host:{host}", "", names, hashlib.sha256(body).hexdigest()]
    )
    scope = f"{day}/{service}/tc3_request"
    to_sign = "\n".join([ALGORITHM, str(moment), scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
