"""VAT ids: their form and check digits (python-stdnum), and the protocol of the registers that know them."""

from __future__ import annotations

import re
from typing import Protocol

from duli.base.registry import Registry
from duli.commerce.taxes.types import EUROPEAN_UNION, NORTHERN_IRELAND, Answer, InvalidVatId

LONGEST = 20


class VatRegister(Protocol):
    """A register of VAT ids. A plugin registers itself under "vies" (member states) or the country it knows."""

    def __call__(self, country: str, number: str, requester: str) -> Answer:
        """Say whether a number (without its country's letters) is in force; `requester` is the shop's own id, or "".

        Whatever keeps it from an answer is state "unavailable" with the register's own word for it; nothing is raised.
        """
        ...


registers: Registry[VatRegister] = Registry("register of VAT ids")


_ANDORRA = re.compile(r"[ACDEFGLOPU]\d{6}[A-Z]")
_FRENCH_LETTERS = re.compile(r"(?:[A-HJ-NP-Z]\d|\d[A-HJ-NP-Z]|[A-HJ-NP-Z]{2})\d{9}")


def normal(text: str, country: str = "") -> str:
    """Return a VAT id as it is kept: its country's letters (EL for Greece, XI for Northern Ireland) and its number.

    An id without letters belongs to `country`. InvalidVatId: no such country, a wrong form or check digit.
    """
    written = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())[:LONGEST]
    letters, number = (written[:2], written[2:]) if written[:2].isalpha() else (_letters(country), written)
    if letters == "GR":
        letters = "EL"
    if not number or not _is_number(letters, number):
        raise InvalidVatId(field="vat_id")
    return letters + number


def _is_number(letters: str, number: str) -> bool:
    """Say whether a number has the form and check digits of its country: by python-stdnum, where that knows enough."""
    if letters in {"GB", NORTHERN_IRELAND}:
        return _checks("gb", number) and (not number.isdigit() or _was_issued_in_britain(number))
    if letters == "AD":
        # The library keeps administrations to a range that the tax office does not publish.
        return _ANDORRA.fullmatch(number) is not None
    if letters == "FR" and _FRENCH_LETTERS.fullmatch(number):
        # The key of the newer ids has letters; how it is made is not published either.
        return True
    if letters == "NO" and not number.endswith("MVA"):
        return _checks("no", f"{number}MVA")
    if letters == "EE" and not number.startswith("10"):
        return False
    if letters == "BE" and len(number) == 10 and number > "11":
        # The second series began at 1000.000.000 in 2023; at the pace of the first it is there in decades.
        return False
    country = "gr" if letters == "EL" else letters.lower()
    return _checks(country, number) or _checks(country, letters + number)


def _checks(country: str, number: str) -> bool:
    from stdnum import get_cc_module

    module = get_cc_module(country, "vat")
    return module is not None and bool(module.is_valid(number))


def _was_issued_in_britain(number: str) -> bool:
    """Say whether a British number lies in the ranges in use: each of both check sums has its own."""
    head = int(number[:7])
    rest = sum(weight * int(sign) for weight, sign in zip(range(8, 1, -1), number[:7], strict=True)) + int(number[7:9])
    if rest % 97 == 0:
        return 0 < head < 100_000 or 999_999 < head < 9_490_001 or 9_700_000 < head < 9_990_001
    return head > 1_000_000


def country_of(number: str) -> str:
    """Return the country a normal VAT id belongs to, by its code of places (GR for EL)."""
    return "GR" if number.startswith("EL") else number[:2]


def _letters(country: str) -> str:
    return "EL" if country == "GR" else country


def register_of(number: str) -> str:
    """Return which register knows an id: "vies" for member states and Northern Ireland, else its country's."""
    country = country_of(number)
    return "vies" if country in EUROPEAN_UNION or country == NORTHERN_IRELAND else country.lower()
