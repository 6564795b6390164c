"""How codes are compared."""

from __future__ import annotations

import re
import unicodedata

_CODE = re.compile(r"[\w-]{1,40}")


def normalised(text: str) -> str:
    """Return a code as it is compared, whatever was typed: "ｓａｖｅ 10" is SAVE10; "" for what can be none."""
    plain = "".join(unicodedata.normalize("NFKC", text[:200]).split()).upper()
    return plain if _CODE.fullmatch(plain) else ""
