"""A certificate authority, the certificate that it issued to PayPal's messages, and signatures with it."""

from __future__ import annotations

import base64
import datetime
import zlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "messageverificationcerts.paypal.com"


@dataclass(frozen=True)
class Authority:
    """`chain` is what the certificate's address serves, `root` what must be believed (both PEM)."""

    key: rsa.RSAPrivateKey
    chain: bytes
    root: bytes

    def sign(self, transmission_id: str, moment: str, webhook_id: str, body: bytes) -> str:
        """Return PAYPAL-TRANSMISSION-SIG."""
        signed = f"{transmission_id}|{moment}|{webhook_id}|{zlib.crc32(body)}".encode()
        return base64.b64encode(self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()

    def fits(self, signature: str, transmission_id: str, moment: str, webhook_id: str, body: bytes) -> bool:
        """Whether a signature is ours: what PayPal answers when it is asked (PKCS#1 v1.5 always signs alike)."""
        return signature == self.sign(transmission_id, moment, webhook_id, body)


def _certificate(
    subject: str, issuer: str, key: rsa.RSAPublicKey, signer: rsa.RSAPrivateKey, begin: datetime.datetime, is_ca: bool
) -> x509.Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=3650 if is_ca else 365))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_ca,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_ca,
                crl_sign=is_ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if not is_ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signer, hashes.SHA256())


@lru_cache(maxsize=4)
def authority(number: int = 0, days_ago: int = 1) -> Authority:
    """Make an authority and its leaf; each `number` is another one. `days_ago`: since when the leaf has been valid."""
    begin = datetime.datetime.now(datetime.UTC)
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root = _certificate(
        f"Practice CA {number}", f"Practice CA {number}", root_key.public_key(), root_key,
        begin - datetime.timedelta(days=days_ago + 1), is_ca=True,
    )  # fmt: skip
    leaf = _certificate(
        NAME, f"Practice CA {number}", key.public_key(), root_key, begin - datetime.timedelta(days=days_ago),
        is_ca=False,
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    return Authority(key, leaf.public_bytes(pem) + root.public_bytes(pem), root.public_bytes(pem))
