"""Addresses as old shops write them, made into ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from babel import Locale

from duli.commerce.customers.addresses import check
from duli.commerce.customers.types import Address, InvalidAddress
from duli.platform.accounts.identifiers import home_country, phone_of


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "zh_Hans"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(str(name).casefold(), code)
    return found | {"united states of america": "US", "usa": "US", "uk": "GB", "中华人民共和国": "CN"}


def country_code(written: str) -> str:
    """Return the ISO code of a country given by code or by name in English or Chinese; "" if it is none."""
    text = written.strip()
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return _codes_by_name().get(text.casefold(), "")


def is_same_address(one: Address, other: Address) -> bool:
    """Say whether two addresses are one, however their phone numbers are written."""

    def plain(address: Address) -> Address:
        return replace(address, phone=phone_of(address.phone, address.country) or address.phone)

    return plain(one) == plain(other)


def address_from(get: Callable[[str], str], prefix: str, name: str) -> tuple[Address | None, bool]:
    """Return (address, whether it is as its country wants it) from the fields that begin with `prefix`.

    None if nothing of an address is given. One that is not quite right is kept as it was written.
    """
    part = {
        key: get(f"{prefix}{key}")
        for key in ("company", "line1", "line2", "city", "district", "region", "postal_code", "phone")
    }
    if not any(part[key] for key in ("line1", "city", "postal_code", "region")):
        return None, True
    country = country_code(get(f"{prefix}country")) or home_country()
    part["postal_code"] = part["postal_code"].lstrip("'")
    part["phone"] = part["phone"].lstrip("'")
    written = Address(country=country, name=(get(f"{prefix}name") or name)[:120], **part)
    try:
        return check(written), True
    except InvalidAddress:
        cut = {key: value[:200] for key, value in written.to_json().items()}
        return Address.from_json(cut), False
