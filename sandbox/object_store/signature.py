"""Signature Version 4 as a store checks it: the request is put into its canonical form and signed again."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

ALGORITHM = "AWS4-HMAC-SHA256"
TOLERANCE = timedelta(minutes=15)
_HEADER = re.compile(
    rf"^{ALGORITHM} Credential=(?P<key>[^/]+)/(?P<day>\d{{8}})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})$"
)


class Refused(Exception):
    """Why a request is not believed; `code` is S3's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the line; the names of `headers` are in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def check(request: Request, *, keys: Mapping[str, str], region: str, now: datetime | None = None) -> None:
    """Raise Refused unless the request was signed with one of `keys` (id: secret), lately and for this region."""
    found = _HEADER.match(request.headers.get("authorization", ""))
    if found is None:
        raise Refused("AccessDenied", "The request is not signed.")
    secret = keys.get(found["key"])
    if secret is None:
        raise Refused("InvalidAccessKeyId", "There is no such key.")
    if (found["region"], found["service"]) != (region, "s3"):
        raise Refused("AuthorizationHeaderMalformed", f"The region must be {region} and the service s3.")
    stamp = request.headers.get("x-amz-date", "")
    try:
        sent = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("AccessDenied", "The request has no date.") from None
    if abs((now or datetime.now(UTC)) - sent) > TOLERANCE:
        raise Refused("RequestTimeTooSkewed", "The request's date is too far from now.")
    signed = found["headers"].split(";")
    # Whatever steers the request must be under the signature, or it could be changed on the way.
    if "host" not in signed or any(name.startswith("x-amz-") and name not in signed for name in request.headers):
        raise Refused("AccessDenied", "There were headers present in the request which were not signed.")
    payload = request.headers.get("x-amz-content-sha256", "")
    if payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(request.body).hexdigest():
        raise Refused("XAmzContentSHA256Mismatch", "The body is not the one that was signed.")
    canonical = "\n".join(
        [
            request.method,
            request.path,
            _canonical_query(request.query),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in signed),
            "",
            found["headers"],
            payload,
        ]
    )
    scope = f"{found['day']}/{region}/s3/aws4_request"
    text = "\n".join([ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    expected = hmac.new(_signing_key(secret, found["day"], region), text.encode(), hashlib.sha256).hexdigest()
    if stamp[:8] != found["day"] or not hmac.compare_digest(expected, found["signature"]):
        raise Refused("SignatureDoesNotMatch", "The signature does not match.")


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs))


def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
