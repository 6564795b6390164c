"""In how many parts a text travels, which is what services count and charge.

The alphabet is that of 3GPP TS 23.038; a part has 140 bytes, of which the header of a longer message takes six.
"""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = set("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Measure:
    """How long a text is: `length` in units of its alphabet (a sign may count twice), `room` until another part."""

    is_basic: bool
    length: int
    parts: int
    room: int
    dear: str = ""
    """The signs that only the larger alphabet has, each once, if they are few."""


def measure(text: str) -> Measure:
    """Return how a text travels: 160 letters of the GSM alphabet alone, 153 in a row; 70 and 67 of any other."""
    others = list(dict.fromkeys(letter for letter in text if letter not in _BASIC and letter not in _TWICE))
    if others:
        length = len(text.encode("utf-16-be")) // 2
        one, many = 70, 67
    else:
        length = sum(2 if letter in _TWICE else 1 for letter in text)
        one, many = 160, 153
    parts = 1 if length <= one else -(-length // many)
    room = (one if parts == 1 else parts * many) - length
    return Measure(not others, length, parts, room, "".join(others) if len(others) <= 5 else "")


def parts_of(text: str) -> int:
    """Return the number of parts alone."""
    return measure(text).parts
