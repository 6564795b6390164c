"""Who has which key: the merchant's half that Alipay knows, and Alipay's own."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from sandbox.wallet import rsa

_SHORT = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.COUNTRY_NAME: "C",
}


def serial_of(certificate: x509.Certificate) -> str:
    """Return Alipay's number of a certificate: the MD5 of its issuer, most special part first, and its serial."""
    parts = [f"{_SHORT[part.oid]}={part.value!s}" for part in reversed(list(certificate.issuer))]
    return hashlib.md5(f"{','.join(parts)}{certificate.serial_number}".encode()).hexdigest()


@dataclass(frozen=True)
class Merchant:
    """`app_certificate` (PEM) is set where the merchant works with certificates."""

    app_id: str
    seller_id: str
    public_key: str
    app_certificate: str = ""


@dataclass(frozen=True)
class Wallet:
    """Alipay's private key, and in certificate mode its certificate and the root's (PEM)."""

    private_key: str
    certificate: str = ""
    root: str = ""

    @property
    def certificate_serial(self) -> str:
        return serial_of(x509.load_pem_x509_certificate(self.certificate.encode()))

    @property
    def root_serial(self) -> str:
        return serial_of(x509.load_pem_x509_certificate(self.root.encode()))


def new_pair(app_id: str = "2021000000000001", seller_id: str = "2088000000000001") -> dict[str, dict[str, str]]:
    """Make both sides' keys: "merchant" and "wallet" for the stand-in, "values" for the merchant's settings."""
    begins = datetime.now(UTC)
    app, alipay, root = rsa.new_key(), rsa.new_key(), rsa.new_key()
    root_certificate = rsa.certificate("Practice root", root, begins)
    issuer = (root_certificate, root)
    app_certificate = rsa.certificate_pem(rsa.certificate(app_id, app, begins, issuer))
    alipay_certificate = rsa.certificate_pem(rsa.certificate("Practice Alipay", alipay, begins, issuer))
    root_pem = rsa.certificate_pem(root_certificate)
    return {
        "merchant": asdict(Merchant(app_id, seller_id, rsa.public_pem(app), app_certificate)),
        "wallet": asdict(Wallet(rsa.private_pem(alipay), alipay_certificate, root_pem)),
        "values": {
            "app_id": app_id,
            "seller_id": seller_id,
            "private_key": rsa.private_pem(app),
            "alipay_public_key": rsa.public_pem(alipay),
            "app_certificate": app_certificate,
            "alipay_certificate": alipay_certificate,
            "root_certificate": root_pem,
        },
    }
