"""Parts of files, as HTTP asks for them."""

from __future__ import annotations


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte asked for; None for everything; first > last if there is no such part."""
    unit, _, wanted = header.partition("=")
    first, dash, last = wanted.strip().partition("-")
    digits = first + last
    if unit.strip() != "bytes" or not dash or not (digits.isascii() and digits.isdigit()) or len(digits) > 36:
        return None
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
