"""What a call says, read with care: text that no database keeps is no text."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

# As JSON writes them: the null character, and halves of characters (a whole one is a pair, which `json` joins).
_SUSPECT = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def _check(value: Any) -> None:
    if isinstance(value, str):
        value.encode()  # UnicodeEncodeError for half a character
        if "\x00" in value:
            raise ValueError("null character")
    elif isinstance(value, dict):
        for key, entry in value.items():
            _check(key)
            _check(entry)
    elif isinstance(value, list):
        for entry in value:
            _check(entry)


class CarefulParser(Parser):
    """Reads JSON; a text with a null character or half a character in it is as unreadable as broken JSON."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().parse_body(request)
        if _SUSPECT.search(request.body):
            _check(found)
        return found
