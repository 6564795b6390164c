"""The links: what they say is signed, and they mean nothing once the grant has another version."""

from __future__ import annotations

from django.core import signing

_SALT = "duli.downloads"


def link_token(grant_id: int, version: int) -> str:
    """Return the part of an address that opens a grant in this version of it."""
    return signing.Signer(salt=_SALT).sign(f"{grant_id}-{version}").replace(":", ".")


def read_token(token: str) -> tuple[int, int] | None:
    """Return (grant, version) of a link that this shop signed; None for any other."""
    if len(token) > 120 or token.count(".") != 1:
        return None
    try:
        said = signing.Signer(salt=_SALT).unsign(token.replace(".", ":"))
    except signing.BadSignature:
        return None
    number, _, version = said.partition("-")
    return int(number), int(version)
