"""PayPal's interface: JSON over HTTP under a token that is fetched with id and secret and kept while it lasts."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from duli.base.clock import now
from duli.base.money import Money, exponent
from duli.commerce.payments.gateway import GatewayRefused, GatewayUnavailable
from duli.plugins.outward import client

TIMEOUT_SECONDS = 20.0
# A token is not used in its last minute: it may lapse on the way.
_MARGIN = timedelta(seconds=60)
_UNSURE = {408, 409, 425, 429}
_CURRENCIES = frozenset(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD".split()  # noqa: SIM905
)
_WHOLE = frozenset(("HUF", "JPY", "TWD"))


@dataclass(frozen=True, slots=True)
class Account:
    """Where PayPal is and who we are there; `merchant_id` is "" if the merchant did not say."""

    base_url: str
    client_id: str
    client_secret: str
    merchant_id: str = ""


class KeyRefused(GatewayRefused):
    """Id and secret do not fit, or may not do this."""

    def __init__(self, told: str) -> None:
        super().__init__(reason="key_refused", detail=_("The shop's account with the provider is not set up right."))
        self.told = told


_tokens: dict[Account, tuple[str, datetime]] = {}
_lock = threading.Lock()


def _token(account: Account, *, refused: str = "") -> str:
    """Return an access token; one that was `refused` is not used again."""
    with _lock:
        known = _tokens.get(account)
    if known and known[0] != refused and now() < known[1]:
        return known[0]
    basic = base64.b64encode(f"{account.client_id}:{account.client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    status, data = _send("POST", f"{account.base_url}/v1/oauth2/token", b"grant_type=client_credentials", headers)
    if status in {400, 401, 403}:
        raise KeyRefused(str(data.get("error_description") or data.get("error") or ""))
    try:
        token, lapses = str(data["access_token"]), now() + timedelta(seconds=int(data["expires_in"])) - _MARGIN
    except (KeyError, TypeError, ValueError) as error:
        raise GatewayUnavailable() from error
    with _lock:
        _tokens[account] = (token, lapses)
    return token


def _send(method: str, url: str, content: bytes | None, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    import httpx2

    try:
        response = client().request(method, url, content=content, headers=headers, timeout=TIMEOUT_SECONDS)
        data = response.json() if response.content else {}
    except (httpx2.HTTPError, ValueError) as error:
        raise GatewayUnavailable() from error
    if response.status_code >= 500 or response.status_code in _UNSURE or not isinstance(data, dict):
        raise GatewayUnavailable()
    return response.status_code, data


def call(account: Account, method: str, path: str, payload: Any = None, *, key: str = "") -> dict[str, Any]:
    """Send one request and return the answer's object. `key` is the PayPal-Request-Id.

    `payload` may be JSON already (bytes). GatewayUnavailable if the answer does not say what happened,
    GatewayRefused with PayPal's issue as its reason if it says no.
    """
    content = payload if isinstance(payload, bytes) else None if payload is None else json.dumps(payload).encode()
    refused = ""
    for _try in range(2):
        token = _token(account, refused=refused)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers["Prefer"] = "return=representation"
        if key:
            headers["PayPal-Request-Id"] = key
        status, data = _send(method, f"{account.base_url}{path}", content, headers)
        if status != 401:
            break
        refused = token
    if status in {401, 403}:
        raise KeyRefused(str(data.get("message") or data.get("error_description") or ""))
    if status >= 400:
        details = data.get("details")
        first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
        reason = str(first.get("issue") or data.get("name") or "refused")
        raise GatewayRefused(reason=reason[:60], detail=str(first.get("description") or data.get("message") or ""))
    return data


def to_paypal(amount: Money) -> dict[str, str]:
    """Return an amount as PayPal writes it; ValueError if it does not take this currency or these digits."""
    if amount.currency not in _CURRENCIES:
        raise ValueError("PayPal does not take this currency")
    digits = exponent(amount.currency)
    value = Decimal(amount.minor).scaleb(-digits)
    if amount.currency in _WHOLE:
        if value != value.to_integral_value():
            raise ValueError("PayPal takes whole units of this currency only")
        return {"currency_code": amount.currency, "value": str(int(value))}
    return {"currency_code": amount.currency, "value": f"{value:.{digits}f}"}


def from_paypal(told: Any) -> Money:
    """Return an amount as PayPal tells it; ValueError if it is none."""
    try:
        code, value = str(told["currency_code"]), Decimal(str(told["value"]))
        minor = value.scaleb(exponent(code))
        if not minor.is_finite() or minor != minor.to_integral_value():
            raise ValueError("a fraction of the smallest unit")
    except (KeyError, TypeError, InvalidOperation) as error:
        raise ValueError("no amount") from error
    return Money(int(minor), code)
