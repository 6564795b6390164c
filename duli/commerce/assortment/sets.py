"""Sets of products as the bits of integers."""

from __future__ import annotations

from collections.abc import Iterable


def pack(ordinals: Iterable[int], size: int) -> int:
    """Return the set of `ordinals` (each below `size`) as the bits of an integer."""
    bits = bytearray(size // 8 + 1)
    for ordinal in ordinals:
        bits[ordinal >> 3] |= 1 << (ordinal & 7)
    return int.from_bytes(bits, "little")


def unpack(mask: int) -> list[int]:
    """Return the ordinals in a set, ascending."""
    digits = bin(mask)[:1:-1]
    found: list[int] = []
    position = digits.find("1")
    while position >= 0:
        found.append(position)
        position = digits.find("1", position + 1)
    return found
