"""In how many parts a text travels, which is what services count and charge."""

from __future__ import annotations

_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = set("^{}\\[~]|€\f")


def parts_of(text: str) -> int:
    """Return the number of parts: 160 letters of the GSM alphabet alone, 153 in a row; 70 and 67 of any other."""
    if all(letter in _BASIC or letter in _TWICE for letter in text):
        length = sum(2 if letter in _TWICE else 1 for letter in text)
        one, many = 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        one, many = 70, 67
    return 1 if length <= one else -(-length // many)
