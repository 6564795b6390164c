"""Who has which key: the merchant's half that WeChat Pay knows, and its own."""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.wallet import rsa


@dataclass(frozen=True)
class Merchant:
    """`certificate` (PEM) proves who calls; `api_v3_key` seals what is told."""

    mchid: str
    appid: str
    certificate: str
    api_v3_key: str
    app_secret: str

    @property
    def serial(self) -> str:
        return serial_of(self.certificate)


@dataclass(frozen=True)
class Wallet:
    """WeChat Pay's private key, the id of its public half, and a platform certificate for the same key (PEM)."""

    private_key: str
    public_key_id: str
    certificate: str

    @property
    def serial(self) -> str:
        return serial_of(self.certificate)


def serial_of(pem: str) -> str:
    return f"{x509.load_pem_x509_certificate(pem.encode()).serial_number:X}"


def seal(key: str, plain: bytes, bound: str) -> dict[str, str]:
    """Return `plain` sealed as messages and certificates are."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), plain, bound.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": bound,
        "nonce": nonce,
    }


def new_pair(mchid: str = "1900000001", appid: str = "wx0000000000000001") -> dict[str, Any]:
    """Make both sides' keys: "merchant" and "wallet" for the stand-in, "values" for the merchant's settings."""
    begins = datetime.now(UTC)
    own, wechat = rsa.new_key(), rsa.new_key()
    certificate = rsa.certificate_pem(rsa.certificate(mchid, own, begins))
    platform = rsa.certificate_pem(rsa.certificate("Practice WeChat Pay", wechat, begins))
    key, secret = secrets.token_hex(16), secrets.token_hex(16)
    key_id = f"PUB_KEY_ID_0{mchid}{secrets.randbelow(10**14):014}"
    return {
        "merchant": asdict(Merchant(mchid, appid, certificate, key, secret)),
        "wallet": asdict(Wallet(rsa.private_pem(wechat), key_id, platform)),
        "values": {
            "mchid": mchid,
            "appid": appid,
            "serial_no": serial_of(certificate),
            "private_key": rsa.private_pem(own),
            "api_v3_key": key,
            "public_key_id": key_id,
            "public_key": rsa.public_pem(wechat),
            "app_secret": secret,
        },
    }
