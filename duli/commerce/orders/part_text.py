r"""What a bundle's line consists of, as one text that people read and the import reads back.

    2 × [CUP-BLUE] Cup – Blue | 1 × [TEA-100] Oolong tea

The SKU stands in brackets, a variant's title behind a dash; either may be missing. A backslash makes the character
behind it part of a title, and ``\u{20}`` stands for one that would not survive a cell (a line end, an outer space).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_PARTS = 200
LONGEST_TITLE = 1000
LONGEST_SKU = 100
LARGEST = 1_000_000

_TITLE = r"(?:[^\\|\[\]–]|\\.)*"
_CELL = re.compile(r"(?:[^\\|]|\\.)*", re.DOTALL)
_PART = re.compile(rf"([0-9]{{1,7}}) ?×(?: ?\[({_TITLE})\])?({_TITLE})(?:–({_TITLE}))?", re.DOTALL)
_SPECIAL = re.compile(r"[\\|\[\]–]")
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A component as a text tells it; the same fields as a NamedPart, without the variant if this shop has none."""

    title: str
    variant_title: str
    sku: str
    quantity: int
    variant_id: int | None = None
    product_id: int | None = None
    product_handle: str = ""


def parts_text(parts: Sequence[dict[str, Any]]) -> str:
    """Return the parts of a line as one text; nothing for other goods."""
    return " | ".join(_written(part) for part in parts)


def parts_from_text(text: str) -> list[WrittenPart]:
    """Read what `parts_text` writes, spaces around its signs left aside. Raises ValueError for anything else."""
    return [_read(piece.strip()) for piece in _pieces(text)] if text else []


def _written(part: dict[str, Any]) -> str:
    sku, variant = _kept(part["sku"]), _kept(part["variant_title"])
    words = [
        f"{part['quantity']} ×",
        f"[{sku}]" if sku else "",
        _kept(part["title"]),
        f"– {variant}" if variant else "",
    ]
    return " ".join(filter(None, words))


def _kept(text: str) -> str:
    """Return a text with everything escaped that would be taken for a sign, or lost."""
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    return "".join(
        f"\\u{{{ord(sign):x}}}"
        if not first <= place < last or unicodedata.category(sign) in {"Cc", "Zl", "Zp"} or sign == "\ufeff"
        else f"\\{sign}"
        if _SPECIAL.match(sign)
        else sign
        for place, sign in enumerate(text)
    )


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    while len(pieces) < MOST_PARTS:
        found = _CELL.match(text, start)
        if found is None:
            break
        pieces.append(found[0])
        if found.end() == len(text):
            return pieces
        if text[found.end()] != "|":
            break
        start = found.end() + 1
    raise ValueError(text[:40])


def _read(piece: str) -> WrittenPart:
    found = _PART.fullmatch(piece)
    if found is None:
        raise ValueError(piece[:40])
    quantity = int(found[1])
    sku, title, variant = (_told(text or "") for text in found.groups()[1:])
    if not 0 < quantity <= LARGEST or len(sku) > LONGEST_SKU or max(len(title), len(variant)) > LONGEST_TITLE:
        raise ValueError(piece[:40])
    return WrittenPart(title, variant, sku, quantity)


def _told(text: str) -> str:
    """Return the text that `_kept` wrote. ValueError for what no database keeps."""
    told = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text.strip())
    if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in told):
        raise ValueError(text[:40])
    return told
