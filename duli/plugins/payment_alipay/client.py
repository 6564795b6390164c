"""Alipay's open gateway: RSA2-signed parameters out, an answer whose inner object is signed byte by byte back.

What is signed on the way out: every parameter but `sign` that has a value, sorted, joined un-encoded. A message that
Alipay sends is signed without `sign_type` too. An answer's signature covers the exact text of its inner object.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from duli.base.clock import now
from duli.base.rsa import UnreadableKey, certificates, is_signed, sign
from duli.commerce.payments.gateway import GatewayConfig, GatewayRefused, GatewayUnavailable, InvalidSignature
from duli.plugins.outward import absolute, client

LIVE = "https://openapi.alipay.com/gateway.do"
TEST = "https://openapi-sandbox.dl.alipaydev.com/gateway.do"
MAXIMUM_BILL = 64 * 1024 * 1024
# Alipay writes and reads times as they are in China.
CHINA = timezone(timedelta(hours=8))
_OK = "10000"
# Who has not proved who they are, or may not call, gets an answer without a signature; nothing happened then.
_UNSIGNED_REFUSALS = {"20001", "40001", "40002", "40003", "40006"}
_UNSURE = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"}


class ForeignAnswer(GatewayUnavailable):
    """The answer is not signed with the key that we hold as Alipay's: nobody knows what happened."""

    code = "foreign_answer"


@dataclass(frozen=True, slots=True)
class Account:
    """One app of a merchant. With `app_certificate` the keys are certificates; `public_key` is then Alipay's."""

    gateway: str
    app_id: str
    seller_id: str
    private_key: str
    public_key: str
    app_certificate: str = ""
    root_certificate: str = ""


def account_of(config: GatewayConfig) -> Account:
    """Return the merchant's app; certificate mode takes Alipay's key from its certificate."""
    by_certificate = config.text("keys") == "certificate"
    return Account(
        gateway=absolute(config.text("base_url")) or (TEST if config.test_mode else LIVE),
        app_id=config.text("app_id"),
        seller_id=config.text("seller_id"),
        private_key=config.text("private_key"),
        public_key=config.text("alipay_certificate" if by_certificate else "alipay_public_key"),
        app_certificate=config.text("app_certificate") if by_certificate else "",
        root_certificate=config.text("root_certificate") if by_certificate else "",
    )


def in_china(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


@lru_cache(maxsize=32)
def serial_numbers(pem: str, *, is_root: bool = False) -> str:
    """Return what Alipay calls a certificate's SN: MD5 of the issuer, most special part first, and the serial.

    A root file holds several, of which those signed with RSA count, joined by "_". UnreadableKey.
    """
    found = certificates(pem)
    if is_root:
        found = tuple(
            entry for entry in found if entry.signature_algorithm_oid.dotted_string.startswith("1.2.840.113549.1.1")
        )
    else:
        found = found[:1]
    serials = []
    for entry in found:
        parts = [
            f"{attribute.rfc4514_attribute_name}={attribute.value!s}" for attribute in reversed(list(entry.issuer))
        ]
        serials.append(
            hashlib.md5(f"{','.join(parts)}{entry.serial_number}".encode(), usedforsecurity=False).hexdigest()
        )
    return "_".join(serials)


def to_sign(values: Mapping[str, str]) -> bytes:
    """Return the text of a request that is signed."""
    return "&".join(f"{name}={value}" for name, value in sorted(values.items()) if name != "sign" and value).encode()


def signed_request(
    account: Account, method: str, biz: Mapping[str, Any], *, notify_url: str = "", return_url: str = ""
) -> dict[str, str]:
    """Return all parameters of a call. GatewayRefused if a key cannot be read."""
    values = {
        "app_id": account.app_id,
        "biz_content": json.dumps(biz, ensure_ascii=False, separators=(",", ":")),
        "charset": "utf-8",
        "format": "JSON",
        "method": method,
        "notify_url": notify_url,
        "return_url": return_url,
        "sign_type": "RSA2",
        "timestamp": in_china(now()),
        "version": "1.0",
    }
    try:
        if account.app_certificate:
            values["app_cert_sn"] = serial_numbers(account.app_certificate)
            values["alipay_root_cert_sn"] = serial_numbers(account.root_certificate, is_root=True)
        values = {name: value for name, value in values.items() if value}
        return {**values, "sign": sign(account.private_key, to_sign(values))}
    except UnreadableKey as error:
        raise GatewayRefused(reason="unreadable_key", detail="the app's private key or a certificate") from error


def page_url(account: Account, method: str, biz: Mapping[str, Any], *, notify_url: str, return_url: str) -> str:
    """Return the address of a payment page; nobody is asked."""
    values = signed_request(account, method, biz, notify_url=notify_url, return_url=return_url)
    return f"{account.gateway}?{urlencode(values)}"


def call(account: Account, method: str, biz: Mapping[str, Any], *, notify_url: str = "") -> dict[str, Any]:
    """Ask the gateway and return the inner object of its signed answer.

    GatewayUnavailable if it does not say what happened, GatewayRefused (`reason` is the sub_code) if it says no.
    """
    import httpx2

    values = signed_request(account, method, biz, notify_url=notify_url)
    body = {"biz_content": values.pop("biz_content")}
    try:
        response = client().post(f"{account.gateway}?{urlencode(values)}", data=body)
        text = response.content.decode("utf-8")
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeDecodeError) as error:
        raise GatewayUnavailable() from error
    if response.status_code >= 400:
        raise GatewayUnavailable()
    return _result(read_answer(account, text, method.replace(".", "_") + "_response"))


def _result(answer: Mapping[str, Any]) -> dict[str, Any]:
    code, reason = str(answer.get("code", "")), str(answer.get("sub_code", ""))
    if code == _OK:
        return dict(answer)
    if (code.startswith("4") and reason not in _UNSURE) or code == "20001":
        detail = str(answer.get("sub_msg") or answer.get("msg") or "")
        raise GatewayRefused(reason=(reason or code)[:60], detail=detail[:400])
    raise GatewayUnavailable()


def read_answer(account: Account, text: str, name: str) -> dict[str, Any]:
    """Return the inner object once its signature holds over its own text, byte by byte. GatewayUnavailable."""
    try:
        whole = json.loads(text)
        name = name if name in whole else "error_response"
        answer = whole[name]
        inner = _text_of(text, name)
        # What was cut out has to be what is read, however the answer is built.
        if not isinstance(answer, dict) or json.loads(inner) != answer:
            raise ValueError("not the object that was read")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GatewayUnavailable() from error
    signature = whole.get("sign")
    if signature is None and str(answer.get("code")) in _UNSIGNED_REFUSALS:
        return answer
    try:
        named = str(whole.get("alipay_cert_sn", ""))
        known = not account.app_certificate or not named or named == serial_numbers(account.public_key)
        if known and is_signed(account.public_key, inner.encode(), str(signature)):
            return answer
    except UnreadableKey:
        pass
    raise ForeignAnswer()


def _text_of(text: str, name: str) -> str:
    """Cut the object named `name` out of the answer's text, by its braces."""
    begin = text.index("{", text.index(f'"{name}"') + len(name) + 2)
    depth, in_string, escaped = 0, False, False
    for place in range(begin, len(text)):
        sign = text[place]
        if in_string:
            escaped, in_string = sign == "\\" and not escaped, sign != '"' or escaped
        elif sign == '"':
            in_string = True
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return text[begin : place + 1]
    raise ValueError("the object does not end")


def verify_message(account: Account, body: bytes) -> dict[str, str]:
    """Return the fields of a message once its signature holds: decoded once, without `sign` and `sign_type`, sorted.

    InvalidSignature.
    """
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=200)
        fields = dict(pairs)
        if len(fields) != len(pairs) or fields.get("sign_type") != "RSA2":
            raise InvalidSignature()
        signature = fields.pop("sign", "")
        kept = {name: value for name, value in fields.items() if name != "sign_type"}
        text = "&".join(f"{name}={value}" for name, value in sorted(kept.items()))
        if not signature or not is_signed(account.public_key, text.encode(), signature):
            raise InvalidSignature()
    except (ValueError, UnreadableKey) as error:
        raise InvalidSignature() from error
    return kept


def download(url: str) -> bytes:
    """Fetch a bill from the address that Alipay gave in a signed answer. GatewayUnavailable."""
    import httpx2

    try:
        response = client().get(url, timeout=60.0)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise GatewayUnavailable() from error
    if response.status_code != 200 or len(response.content) > MAXIMUM_BILL:
        raise GatewayUnavailable()
    return response.content


def utc_of(text: str) -> datetime:
    """Read one of Alipay's times. ValueError."""
    return datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)
