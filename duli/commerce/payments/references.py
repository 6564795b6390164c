"""What a payer writes on a transfer, so that the money finds its order: a number in disguise with a check sign.

The reference follows from the collection's key and leads back to it, so nothing is stored and no two are the same.
It has eight signs of base 32 (no I, L, O or U, which people and banks mistake) and a ninth that tells a slip of the
pen. Where people pay in euros it is written as a creditor reference (ISO 11649, "RF"), which their banks check.
"""

from __future__ import annotations

import re

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9
LARGEST = 2**40 - 1
_SCATTER, _MIX = 0x9E3779B97F % 2**40 | 1, 0xC2B2AE3D27 % 2**40 | 1
_GATHER, _UNMIX = pow(_SCATTER, -1, 2**40), pow(_MIX, -1, 2**40)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SIGN = re.compile(r"[^0-9A-Z]+")
LONGEST_TEXT = 2000


def transfer_reference(collection_id: int, currency: str = "") -> str:
    """Return the reference of a collection, for euros as an ISO 11649 creditor reference."""
    number = _fold(collection_id * _SCATTER & LARGEST) * _MIX & LARGEST
    signs = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    reference = signs + luhn.calc_check_digit(signs, ALPHABET)
    return f"RF{mod_97_10.calc_check_digits(reference + 'RF')}{reference}" if currency == "EUR" else reference


def collections_named_in(text: str) -> set[int]:
    """Return the keys of all collections whose reference may stand in `text`, however it is spaced or broken.

    Any nine signs in a row may look like one: the caller sees whether such a collection is there at all.
    """
    signs = _SIGN.sub("", text[:LONGEST_TEXT].upper()).translate(_MISREAD)
    found = (_key(signs[start : start + LENGTH]) for start in range(len(signs) - LENGTH + 1))
    return {key for key in found if key is not None}


def _key(reference: str) -> int | None:
    if "U" in reference or not luhn.is_valid(reference, ALPHABET):
        return None
    number = 0
    for sign in reference[:-1]:
        number = number << 5 | ALPHABET.index(sign)
    return (_fold(number * _UNMIX & LARGEST) * _GATHER & LARGEST) or None


def _fold(number: int) -> int:
    """Let the high half touch the low one; twice is nothing."""
    return number ^ number >> 20
