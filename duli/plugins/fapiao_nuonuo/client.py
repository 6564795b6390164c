"""One signed call to Nuonuo's open platform."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from duli.base.clock import now
from duli.commerce.fapiao.provider import KeyTaken, ProviderConfig, ProviderRefused, ProviderUnavailable
from duli.plugins.outward import absolute, client

BASE_URL = "https://sdk.nuonuo.com/open/v1/services"
TIMEOUT_SECONDS = 20.0
DONE = "E0000"
TAKEN = ("已存在", "重复")
MOST_BYTES = 10 * 1024 * 1024


def signature(*, secret: str, key: str, sender: str, nonce: str, instant: int, body: str) -> str:
    """Return the header `X-Nuonuo-Sign` of a call: over the parts of its address and its very body."""
    text = f"a=services&l=v1&p=open&k={key}&i={sender}&n={nonce}&t={instant}&f={body}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def call(method: str, content: dict[str, Any], config: ProviderConfig, *, at: datetime | None = None) -> dict[str, Any]:
    """Return the answer ("code", "describe", "result"); ProviderUnavailable if there is none that can be read."""
    import httpx2

    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    sender, nonce = secrets.token_hex(16), str(10_000_000 + secrets.randbelow(90_000_000))
    key, instant = config.text("app_key"), int((at or now()).timestamp())
    address = absolute(config.text("base_url") or BASE_URL)
    query = urlencode({"senid": sender, "nonce": nonce, "timestamp": instant, "appkey": key})
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "X-Nuonuo-Sign": signature(
            secret=config.text("app_secret"), key=key, sender=sender, nonce=nonce, instant=instant, body=body
        ),
        "accessToken": config.text("token"),
        "userTax": config.text("tax_number"),
        "method": method,
    }
    try:
        response = client().post(f"{address}?{query}", content=body.encode(), headers=headers, timeout=TIMEOUT_SECONDS)
        answer = response.json() if response.status_code < 500 else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), str):
        raise ProviderUnavailable()
    return answer


def words(answer: dict[str, Any]) -> str:
    """Return what an answer says, for people."""
    return " ".join(filter(None, [str(answer.get("describe") or ""), f"({answer['code']})"]))


def refuse(answer: dict[str, Any]) -> None:
    """Raise ProviderRefused unless the answer says that it was done, KeyTaken where our number was there before."""
    if answer["code"] == DONE:
        return
    said = words(answer)
    # Codes differ between its interfaces; the words for an order's number that came twice do not.
    is_taken = "订单" in said and any(word in said for word in TAKEN)
    raise (KeyTaken if is_taken else ProviderRefused)(detail=said)


def fetch(address: str, config: ProviderConfig) -> bytes:
    """Return the file of a fapiao, empty where it cannot be had: its number counts without it.

    It comes by HTTPS, or from where the service itself is.
    """
    import httpx2

    base = urlsplit(absolute(config.text("base_url") or BASE_URL))
    parts = urlsplit(address)
    if parts.scheme != "https" and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        return b""
    try:
        with client().stream("GET", address, timeout=TIMEOUT_SECONDS) as response:
            content = b""
            for piece in response.iter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    return b""
            return content if response.status_code == 200 else b""
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return b""
