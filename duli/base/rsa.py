"""RSA signatures as payment providers use them (PKCS#1 v1.5 with SHA-256, Base64), and keys as merchants paste them."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.x509 import Certificate

_WHITE = re.compile(r"\s+")


class UnreadableKey(ValueError):
    """This text is no RSA key or certificate."""


def _der(text: str) -> bytes:
    try:
        return base64.b64decode(_WHITE.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableKey() from error


@lru_cache(maxsize=64)
def private_key(text: str) -> RSAPrivateKey:
    """Read a private key: PEM, or only the Base64 between its lines (PKCS#1 or PKCS#8). UnreadableKey."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    try:
        if "-----BEGIN" in text:
            key = load_pem_private_key(text.strip().encode(), None)
        else:
            key = load_der_private_key(_der(text), None)
    except (ValueError, TypeError) as error:
        raise UnreadableKey() from error
    if not isinstance(key, RSAPrivateKey):
        raise UnreadableKey()
    return key


@lru_cache(maxsize=64)
def public_key(text: str) -> RSAPublicKey:
    """Read a public key: PEM, a certificate, or only the Base64 between a public key's lines. UnreadableKey."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    key: object
    try:
        if "-----BEGIN CERTIFICATE" in text:
            key = certificates(text)[0].public_key()
        elif "-----BEGIN" in text:
            key = load_pem_public_key(text.strip().encode())
        else:
            key = load_der_public_key(_der(text))
    except (ValueError, TypeError) as error:
        raise UnreadableKey() from error
    if not isinstance(key, RSAPublicKey):
        raise UnreadableKey()
    return key


@lru_cache(maxsize=64)
def certificates(text: str) -> tuple[Certificate, ...]:
    """Read the certificates of a PEM file, at least one. UnreadableKey."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return tuple(load_pem_x509_certificates(text.strip().encode()))
    except ValueError as error:
        raise UnreadableKey() from error


def sign(key: str, message: bytes) -> str:
    """Return the Base64 signature of `message` under a private key. UnreadableKey."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return base64.b64encode(private_key(key).sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(key: str, message: bytes, signature: str) -> bool:
    """Say whether a Base64 signature of `message` was made with the private half of `key`. UnreadableKey."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    public = public_key(key)
    try:
        public.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
