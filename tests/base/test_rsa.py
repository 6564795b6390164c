"""Keys as merchants paste them, and signatures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from duli.base.rsa import UnreadableKey, certificates, is_signed, private_key, public_key, sign
from sandbox.wallet import rsa
from tests.shared_data import shared

KEY = rsa.new_key()


def bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def pkcs1() -> str:
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.mark.parametrize("text", [rsa.private_pem(KEY), bare(rsa.private_pem(KEY)), pkcs1(), bare(pkcs1())])
@pytest.mark.parametrize("public", [rsa.public_pem(KEY), bare(rsa.public_pem(KEY)), f"\n {rsa.public_pem(KEY)} \n"])
def test_every_way_to_write_a_key(text: str, public: str) -> None:
    signature = sign(text, b"message")
    assert is_signed(public, b"message", signature)
    assert not is_signed(public, b"messagE", signature)
    assert not is_signed(public, b"message", signature[:-4] + "AAA=")


@pytest.mark.parametrize("signature", ["", "None", "a", "%%%", "AAAA", "中", sign(rsa.private_pem(KEY), b"x") + "\n"])
def test_what_is_no_signature(signature: str) -> None:
    assert not is_signed(rsa.public_pem(KEY), b"x", signature)


@pytest.mark.parametrize("text", ["", "key", "-----BEGIN PRIVATE KEY-----", "AAAA", "中文", rsa.public_pem(KEY)])
def test_what_is_no_private_key(text: str) -> None:
    with pytest.raises(UnreadableKey):
        private_key(text)


@pytest.mark.parametrize("text", ["", "key", "-----BEGIN CERTIFICATE-----", "AAAA", rsa.private_pem(KEY)])
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(UnreadableKey):
        public_key(text)


def vectors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared("payments_wechat/vectors.json").read_text())["verify"]
    return found


def test_certificate_and_signature_of_somebody_else() -> None:
    for vector in vectors():
        pem = vector["certificate_pem"]
        assert f"{certificates(pem)[0].serial_number:X}" == vector["serial"]
        assert is_signed(pem, vector["message"].encode(), vector["signature_base64"]) is vector["valid"]
