"""Whether a message comes from PayPal: its signature under a certificate that PayPal serves and an authority issued."""

from __future__ import annotations

import base64
import binascii
import ssl
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from duli.base.clock import now
from duli.commerce.payments.gateway import GatewayUnavailable, InvalidSignature
from duli.plugins.outward import client

_ALGORITHM = "SHA256withRSA"
_MAXIMUM_BYTES = 64 * 1024


def verify(
    body: bytes, headers: Mapping[str, str], *, webhook_id: str, origins: Iterable[str], authority: str = ""
) -> None:
    """Check a message's signature. `origins` may serve the certificate, `authority` (PEM) must have issued it.

    Without an authority those of this machine are believed. InvalidSignature; GatewayUnavailable if the
    certificate cannot be fetched now.
    """
    url = headers.get("paypal-cert-url", "")
    parts = urlsplit(url)
    if not webhook_id or headers.get("paypal-auth-algo") != _ALGORITHM:
        raise InvalidSignature()
    if f"{parts.scheme}://{parts.netloc}" not in set(origins):
        raise InvalidSignature()
    try:
        signature = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSignature() from None
    names = (headers.get("paypal-transmission-id", ""), headers.get("paypal-transmission-time", ""), webhook_id)
    # The checksum is of the bytes as they came, written as a decimal number.
    signed = "|".join([*names, str(zlib.crc32(body))])
    try:
        _leaf(url, authority).verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except WrongSignature:
        raise InvalidSignature() from None


def _leaf(url: str, authority: str) -> rsa.RSAPublicKey:
    """Return the key of the certificate at `url` once it is known to be issued by an authority and valid today."""
    chain = _fetched(url)
    try:
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        subject = x509.DNSName(names.get_values_for_type(x509.DNSName)[0])
        policy = PolicyBuilder().store(Store(list(_roots(authority)))).time(now().replace(tzinfo=None))
        policy.build_server_verifier(subject).verify(chain[0], list(chain[1:]))
    except (VerificationError, x509.ExtensionNotFound, IndexError, ValueError):
        raise InvalidSignature() from None
    key = chain[0].public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature()
    return key


@lru_cache(maxsize=16)
def _fetched(url: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates at an address, the leaf first; kept, for the address names them."""
    import httpx2

    try:
        response = client().get(url)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise GatewayUnavailable() from error
    if response.status_code >= 500:
        raise GatewayUnavailable()
    if response.status_code != 200 or len(response.content) > _MAXIMUM_BYTES:
        raise InvalidSignature()
    try:
        return tuple(x509.load_pem_x509_certificates(response.content))
    except ValueError:
        raise InvalidSignature() from None


@lru_cache(maxsize=4)
def _roots(authority: str) -> tuple[x509.Certificate, ...]:
    if authority:
        return tuple(x509.load_pem_x509_certificates(authority.encode()))
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    return tuple(_readable(known))


def _readable(known: Iterable[bytes]) -> Iterable[x509.Certificate]:
    for certificate in known:
        try:
            yield x509.load_der_x509_certificate(certificate)
        except ValueError:
            continue
