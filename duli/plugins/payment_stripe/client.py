"""Stripe's interface: form-encoded requests with a bearer key, and the signature of its messages."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from duli.base.clock import now
from duli.commerce.payments.gateway import GatewayRefused, GatewayUnavailable, InvalidSignature
from duli.plugins.outward import client

API_VERSION = "2026-10-28.endive"
API_URL = "https://api.stripe.com"
TOLERANCE_SECONDS = 300
TIMEOUT_SECONDS = 15.0
PAGE = 100
_UNSURE = {408, 409, 425, 429}
_NOT_OURS = {401, 403}


class KeyUsed(GatewayUnavailable):
    """The idempotency key went with other words before: the answer to those has to be looked for."""


class FailedBefore(GatewayUnavailable):
    """Stripe broke under this key and says so for a day: whether anything came of it has to be looked for."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where Stripe is, who we are there, and whether real money moves."""

    base_url: str
    secret_key: str
    live: bool


def call(
    account: Account, method: str, path: str, params: Mapping[str, Any] | None = None, *, key: str = ""
) -> dict[str, Any]:
    """Send one request and return the answer's object. `key` is the idempotency key.

    GatewayUnavailable if the answer does not say what happened (KeyUsed and FailedBefore: look for it),
    GatewayRefused if it says no.
    """
    import httpx2

    form = urlencode(list(_flat(params or {})))
    headers = {"Authorization": f"Bearer {account.secret_key}", "Stripe-Version": API_VERSION}
    if key:
        headers["Idempotency-Key"] = key
    url = f"{account.base_url}{path}"
    if method == "GET":
        url, content = f"{url}?{form}" if form else url, None
    else:
        content = form.encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        response = client().request(method, url, content=content, headers=headers, timeout=TIMEOUT_SECONDS)
        data = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise GatewayUnavailable() from error
    if response.status_code >= 500:
        raise FailedBefore() if response.headers.get("Idempotent-Replayed") == "true" else GatewayUnavailable()
    if response.status_code in _UNSURE or not isinstance(data, dict):
        raise GatewayUnavailable()
    if response.status_code >= 400:
        raise _refusal(response.status_code, data.get("error"))
    return data


def pages(account: Account, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object of a list, newest first."""
    last = ""
    while True:
        page = call(account, "GET", path, {**params, "limit": PAGE, **({"starting_after": last} if last else {})})
        entries = page.get("data")
        if not isinstance(entries, list):
            raise GatewayUnavailable()
        yield from entries
        if not page.get("has_more") or not entries:
            return
        last = entries[-1]["id"]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Write nested values as Stripe wants them: a[b][0]=v."""
    for name, value in values.items():
        path = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            yield from _flat(value, path)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from _flat({str(index): entry for index, entry in enumerate(value)}, path)
        else:
            yield path, str(value)


def _refusal(status: int, told: object) -> Exception:
    error = told if isinstance(told, dict) else {}
    if error.get("type") == "idempotency_error":
        return KeyUsed()
    if status in _NOT_OURS:
        # The words name part of the key; they are for the merchant's eyes (`check`), not for a shopper's.
        return KeyRefused(str(error.get("message", "")))
    reason = str(error.get("decline_code") or error.get("code") or error.get("type") or "refused")
    return GatewayRefused(reason=reason[:60], detail=str(error.get("message", "")))


class KeyRefused(GatewayRefused):
    """The secret key is wrong, or may not do this."""

    def __init__(self, told: str) -> None:
        super().__init__(reason="key_refused", detail=_("The shop's account with the provider is not set up right."))
        self.told = told


def verify(secrets: Iterable[str], body: bytes, header: str) -> None:
    """Check a message's signature over the raw body: any v1 under any secret will do. InvalidSignature.

    Messages from before or after TOLERANCE_SECONDS are refused as well, so that none can be repeated at leisure.
    """
    given: dict[str, list[str]] = {}
    for part in header.split(","):
        name, _separator, value = part.partition("=")
        given.setdefault(name.strip(), []).append(value.strip())
    timestamp = given.get("t", [""])[0]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise InvalidSignature()
    signed = f"{timestamp}.".encode() + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets if secret]
    signatures = given.get("v1", [])
    if not any(hmac.compare_digest(own.encode(), other.encode()) for own in expected for other in signatures):
        raise InvalidSignature()
    if abs(now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature()
