"""What people type to say who they are: an e-mail address, or a phone number in any way of writing."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from duli.base.text import one_line
from duli.platform.store.selectors import markets


def home_country() -> str:
    """Return the country of the store's default market (ISO 3166)."""
    countries = markets()[0].countries
    return countries[0] if countries else "CN"


def email_of(typed: str) -> str:
    """Return the e-mail address in lower case, or "" if it is none."""
    address = one_line(typed).lower()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address if len(address) <= 254 else ""


def phone_of(typed: str, country: str = "") -> str:
    """Return the phone number in E.164, or "" if it is none; without + it is one of `country` (the store's)."""
    import phonenumbers  # a megabyte of metadata, needed by few pages

    written = one_line(typed)
    if len(written) > 32 or not any(character.isdigit() for character in written):
        return ""
    try:
        number = phonenumbers.parse(written, country or home_country())
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def identify(typed: str) -> tuple[str, str]:
    """Return (e-mail, "") or ("", phone), or two empty strings if it is neither."""
    if "@" in typed:
        return email_of(typed), ""
    return "", phone_of(typed)
