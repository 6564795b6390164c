"""WeChat Pay's API v3: signed requests out, signed answers and messages back, secrets wrapped with AES-GCM.

What is signed on the way out: method, path with query, time, nonce and body, each with a line's end. What comes back is
signed over time, nonce and body, with WeChat Pay's public key or one of its platform certificates, named by its serial.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from duli.base.clock import now
from duli.base.rsa import UnreadableKey, certificates, is_signed, private_key, public_key, sign
from duli.commerce.payments.gateway import (
    GatewayConfig,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
)
from duli.plugins.outward import absolute, client

LIVE = "https://api.mch.weixin.qq.com"
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_SECONDS = 300
MAXIMUM_BILL = 64 * 1024 * 1024
_CERTIFICATES_KEPT_SECONDS = 10 * 3600
_CERTIFICATES_PAUSE_SECONDS = 60
_UNSURE = {408, 409, 425, 429}
_UNSURE_CODES = {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "BANK_ERROR"}


class ForeignAnswer(GatewayUnavailable):
    """The answer is not signed with a key that we hold as WeChat Pay's: nobody knows what happened."""

    code = "foreign_answer"


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant. `public_key` with its id is WeChat Pay's; `by_certificate`: its platform certificates count too."""

    base_url: str
    mchid: str
    appid: str
    serial_no: str
    private_key: str
    public_key: str
    public_key_id: str
    by_certificate: bool
    api_v3_keys: tuple[str, ...]

    @property
    def key_id(self) -> str:
        return "" if self.by_certificate else self.public_key_id


def account_of(config: GatewayConfig) -> Account:
    return Account(
        base_url=(absolute(config.text("base_url")) or LIVE).rstrip("/"),
        mchid=config.text("mchid"),
        appid=config.text("appid"),
        serial_no=config.text("serial_no"),
        private_key=config.text("private_key"),
        public_key=config.text("public_key"),
        public_key_id=config.text("public_key_id"),
        by_certificate=config.text("keys") == "certificate",
        api_v3_keys=config.secrets("api_v3_key"),
    )


def authorization(account: Account, method: str, path: str, body: bytes) -> str:
    """Return the header that says who asks. UnreadableKey."""
    moment, nonce = str(int(now().timestamp())), secrets.token_hex(16)
    signature = sign(account.private_key, f"{method}\n{path}\n{moment}\n{nonce}\n".encode() + body + b"\n")
    return (
        f'{SCHEMA} mchid="{account.mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{moment}",serial_no="{account.serial_no}"'
    )


def call(account: Account, method: str, path: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask `path` (with its query) and return the signed answer's object, {} if it has none.

    GatewayUnavailable if it does not say what happened, GatewayRefused (`reason` is WeChat's code) if it says no.
    """
    status, headers, body = _send(account, method, path, payload)
    if "wechatpay-signature" in headers or status < 300:
        _check_answer(account, headers, body)
    return _result(status, body)


def _send(
    account: Account, method: str, path: str, payload: Mapping[str, Any] | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    import httpx2

    body = b"" if payload is None else json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        headers = {
            "Authorization": authorization(account, method, path, body),
            "Accept": "application/json",
            "User-Agent": "duli/1",
        }
    except UnreadableKey as error:
        raise GatewayRefused(reason="unreadable_key", detail="the merchant's private key") from error
    if payload is not None:
        headers["Content-Type"] = "application/json"
    if account.key_id:
        headers["Wechatpay-Serial"] = account.key_id
    try:
        response = client().request(method, account.base_url + path, content=body, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise GatewayUnavailable() from error
    return response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content


def _result(status: int, body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise GatewayUnavailable() from error
    if not isinstance(data, dict) or status >= 500 or status in _UNSURE or 300 <= status < 400:
        raise GatewayUnavailable()
    if status < 300:
        return data
    code = str(data.get("code") or status)
    if code in _UNSURE_CODES:
        raise GatewayUnavailable()
    raise GatewayRefused(reason=code[:60], detail=str(data.get("message", ""))[:400])


def _check_answer(account: Account, headers: Mapping[str, str], body: bytes) -> None:
    try:
        verify(account, headers, body)
    except InvalidSignature as error:
        raise ForeignAnswer() from error


def verify(account: Account, headers: Mapping[str, str], body: bytes) -> None:
    """Check who signed an answer or a message, and when; header names in lower case. InvalidSignature."""
    moment, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    if headers.get("wechatpay-signature-type", SCHEMA) != SCHEMA or not nonce:
        raise InvalidSignature()
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        raise InvalidSignature()
    if abs(now().timestamp() - int(moment)) >= TOLERANCE_SECONDS:
        raise InvalidSignature()
    message = f"{moment}\n{nonce}\n".encode() + body + b"\n"
    try:
        key = _key_of(account, headers.get("wechatpay-serial", ""))
        if not key or not is_signed(key, message, headers.get("wechatpay-signature", "")):
            raise InvalidSignature()
    except UnreadableKey as error:
        raise InvalidSignature() from error


def _key_of(account: Account, serial: str) -> str:
    """Return WeChat Pay's key of that serial, "" if we have none."""
    if serial and serial == account.public_key_id:
        return account.public_key
    if not account.by_certificate or not serial:
        return ""
    try:
        return platform_certificates.find(account, serial)
    except GatewayRefused:
        return ""


def decrypt(account: Account, wrapped: Mapping[str, Any]) -> bytes:
    """Unwrap what is sealed with the APIv3 key, the one in use or one that was exchanged lately. MalformedWebhook."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        if wrapped.get("algorithm") != "AEAD_AES_256_GCM":
            raise MalformedWebhook()
        sealed = base64.b64decode(str(wrapped["ciphertext"]), validate=True)
        nonce, bound = str(wrapped["nonce"]).encode(), str(wrapped.get("associated_data") or "").encode()
    except (KeyError, binascii.Error, ValueError) as error:
        raise MalformedWebhook() from error
    for key in account.api_v3_keys:
        try:
            return AESGCM(key.encode()).decrypt(nonce, sealed, bound)
        except (InvalidTag, ValueError):
            continue
    raise MalformedWebhook()


class PlatformCertificates:
    """WeChat Pay's certificates by account, fetched when a serial is met that is not known, at most once a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, dict[str, str]]] = {}

    def forget(self) -> None:
        """For tests."""
        with self._lock:
            self._known.clear()

    def find(self, account: Account, serial: str) -> str:
        """Return the PEM of the certificate with that serial (hexadecimal), "" if there is none."""
        name, moment = (account.base_url, account.mchid), now().timestamp()
        with self._lock:
            fetched, found = self._known.get(name, (0.0, {}))
        wanted = serial.upper()
        age = moment - fetched
        if age > _CERTIFICATES_KEPT_SECONDS or (wanted not in found and age > _CERTIFICATES_PAUSE_SECONDS):
            try:
                found = fetch_certificates(account)
            except (GatewayRefused, GatewayUnavailable):
                # One that we hold is still good for a while.
                if wanted not in found:
                    raise
            with self._lock:
                self._known[name] = (moment, found)
        return found.get(wanted, "")


platform_certificates = PlatformCertificates()


def fetch_certificates(account: Account) -> dict[str, str]:
    """Return today's platform certificates (PEM) by serial; one of them has signed the answer that holds them.

    GatewayUnavailable, GatewayRefused.
    """
    status, headers, body = _send(account, "GET", "/v3/certificates")
    data = _result(status, body)
    found: dict[str, str] = {}
    try:
        for entry in data["data"]:
            pem = decrypt(account, entry["encrypt_certificate"]).decode()
            [certificate] = certificates(pem)
            if certificate.not_valid_before_utc <= now() <= certificate.not_valid_after_utc:
                found[f"{certificate.serial_number:X}"] = pem
        moment, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        signer = found.get(headers.get("wechatpay-serial", "").upper(), "")
        message = f"{moment}\n{nonce}\n".encode() + body + b"\n"
        if not signer or not is_signed(signer, message, headers.get("wechatpay-signature", "")):
            raise ForeignAnswer()
    except MalformedWebhook as error:
        raise ForeignAnswer() from error
    except (KeyError, TypeError, ValueError) as error:
        raise GatewayUnavailable() from error
    return found


def download(account: Account, told: Mapping[str, Any]) -> bytes:
    """Fetch a bill whose address and hash stand in a signed answer. GatewayUnavailable, GatewayRefused."""
    parts = urlsplit(str(told.get("download_url", "")))
    # Behind a prefix (a stand-in), as before the plain host, only the path after it is signed.
    prefix = urlsplit(account.base_url).path
    path = f"{parts.path.removeprefix(prefix)}?{parts.query}"
    status, _, body = _send(account, "GET", path)
    if status != 200:
        _result(status, body)
        raise GatewayUnavailable()
    digest = hashlib.sha1(body, usedforsecurity=False).hexdigest()
    if len(body) > MAXIMUM_BILL or told.get("hash_type") != "SHA1" or digest != told.get("hash_value"):
        raise GatewayUnavailable()
    return body


def invoke_values(account: Account, prepay_id: str) -> dict[str, str]:
    """Return what WeChat's browser is handed, signed, to open the payment. UnreadableKey."""
    moment, nonce, package = str(int(now().timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
    message = f"{account.appid}\n{moment}\n{nonce}\n{package}\n".encode()
    return {
        "appId": account.appid,
        "timeStamp": moment,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": sign(account.private_key, message),
    }


def openid_of(base_url: str, appid: str, app_secret: str, code: str) -> str:
    """Exchange the code that a shopper brought back for their openid. GatewayUnavailable, GatewayRefused."""
    import httpx2

    query = urlencode({"appid": appid, "secret": app_secret, "code": code, "grant_type": "authorization_code"})
    try:
        data = client().get(f"{base_url}/sns/oauth2/access_token?{query}").json()
        if not isinstance(data, dict):
            raise ValueError("no object")
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise GatewayUnavailable() from error
    if not data.get("openid"):
        raise GatewayRefused(
            reason=str(data.get("errcode", "no_openid"))[:60], detail=str(data.get("errmsg", ""))[:400]
        )
    return str(data["openid"])


def check_keys(account: Account) -> str:
    """Return the name of the first setting that cannot be right, "" if all can."""
    try:
        private_key(account.private_key)
    except UnreadableKey:
        return "private_key"
    if not account.by_certificate:
        try:
            public_key(account.public_key)
        except UnreadableKey:
            return "public_key"
    if not account.api_v3_keys or len(account.api_v3_keys[0].encode()) != 32:
        return "api_v3_key"
    return ""
