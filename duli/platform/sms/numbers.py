"""Phone numbers in E.164."""

from __future__ import annotations

import hashlib


def country_of(number: str) -> str:
    """Return the ISO code of a number's country, "" if it is not a number that can exist."""
    import phonenumbers  # a megabyte of metadata, for those who send text messages only

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def digest_of(number: str) -> str:
    """Return what stands for a number where it must not be readable."""
    return hashlib.sha256(f"sms:{number}".encode()).hexdigest()


def hint_of(number: str) -> str:
    """Return as much of a number as helps its owner to recognise it."""
    return f"{number[:3]}…{number[-4:]}" if len(number) > 8 else "…"


def without(number: str, text: str) -> str:
    """Return a service's words without the number they were about."""
    for written in (number, number.lstrip("+"), number.removeprefix("+86"), number.removeprefix("+1")):
        text = text.replace(written, "…") if len(written) > 6 else text
    return text
