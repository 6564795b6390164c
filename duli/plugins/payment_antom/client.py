"""Antom's interface: JSON whose exact text is signed both ways together with path, client id and time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from duli.base.clock import now
from duli.base.rsa import UnreadableKey, is_signed, sign
from duli.commerce.payments.gateway import (
    GatewayConfig,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    WebhookMessage,
)
from duli.plugins.outward import absolute, client

REGIONS = {
    "sea": "https://open-sea-global.alipay.com",
    "na": "https://open-na-global.alipay.com",
    "de": "https://open-de-global.alipay.com",
}
_SIGNATURE = re.compile(r"(?:^|,)\s*signature=([^,\s]+)")


class ForeignAnswer(GatewayUnavailable):
    """The answer is not signed with the key that we hold as Antom's: nobody knows what happened."""

    code = "foreign_answer"


@dataclass(frozen=True, slots=True)
class Account:
    base_url: str
    client_id: str
    private_key: str
    public_key: str
    key_version: str

    def path(self, name: str) -> str:
        """Return the path of a call; who practises at Antom has a path of their own."""
        middle = "/sandbox" if self.client_id.startswith("SANDBOX_") else ""
        return f"/ams{middle}/api/v1/payments/{name}"


def account_of(config: GatewayConfig) -> Account:
    own = absolute(config.text("base_url"))
    return Account(
        base_url=(own or REGIONS.get(config.text("region"), REGIONS["sea"])).rstrip("/"),
        client_id=config.text("client_id"),
        private_key=config.text("private_key"),
        public_key=config.text("public_key"),
        key_version=config.text("key_version") or "1",
    )


def to_sign(path: str, client_id: str, moment: str, body: bytes) -> bytes:
    """Return the text that is signed, on the way out, in an answer and in a message alike."""
    return f"POST {path}\n{client_id}.{moment}.".encode() + body


def signed_headers(account: Account, path: str, body: bytes) -> dict[str, str]:
    """Return the headers that say who asks. UnreadableKey."""
    moment = now().isoformat(timespec="seconds")
    signature = quote_plus(sign(account.private_key, to_sign(path, account.client_id, moment, body)))
    return {
        "Content-Type": "application/json; charset=UTF-8",
        "Client-Id": account.client_id,
        "Request-Time": moment,
        "Signature": f"algorithm=RSA256,keyVersion={account.key_version},signature={signature}",
    }


def holds(account: Account, path: str, headers: Mapping[str, str], time_name: str, body: bytes) -> bool:
    """Say whether Antom signed this body; header names in lower case."""
    found = _SIGNATURE.search(headers.get("signature", ""))
    client_id, moment = headers.get("client-id", ""), headers.get(time_name, "")
    if found is None or not client_id or not moment:
        return False
    try:
        return is_signed(account.public_key, to_sign(path, client_id, moment, body), unquote_plus(found[1]))
    except UnreadableKey:
        return False


def call(account: Account, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Ask and return the signed answer, done ("S") or under way ("U", code PAYMENT_IN_PROCESS or REFUND_IN_PROCESS).

    GatewayUnavailable if it does not say what happened, GatewayRefused (`reason` is the result's code) if it says no.
    """
    import httpx2

    path, body = account.path(name), json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        response = client().post(account.base_url + path, content=body, headers=signed_headers(account, path, body))
        answer = response.json()
    except UnreadableKey as error:
        raise GatewayRefused(reason="unreadable_key", detail="the private key") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise GatewayUnavailable() from error
    result = answer.get("result") if isinstance(answer, dict) else None
    if response.status_code >= 500 or not isinstance(result, dict):
        raise GatewayUnavailable()
    headers = {header.lower(): value for header, value in response.headers.items()}
    # What was refused before anybody was known comes without a signature; nothing happened then.
    unsigned = "signature" not in headers and "response-time" not in headers and result.get("resultStatus") == "F"
    if not unsigned and not holds(account, path, headers, "response-time", response.content):
        raise ForeignAnswer()
    return _result(answer, result)


def _result(answer: dict[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    status, code = result.get("resultStatus"), str(result.get("resultCode", ""))
    if status == "S" or (status == "U" and code.endswith("_IN_PROCESS")):
        return answer
    if status == "F":
        raise GatewayRefused(reason=code[:60] or "refused", detail=str(result.get("resultMessage", ""))[:400])
    raise GatewayUnavailable()


def verify_message(account: Account, message: WebhookMessage) -> None:
    """Check that Antom signed a message, for our own path. InvalidSignature."""
    if not holds(account, message.path, message.headers, "request-time", message.body):
        raise InvalidSignature()
