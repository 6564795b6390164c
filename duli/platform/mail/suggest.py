"""From our own words of a text message to what a service is asked to approve: fixed words with variables in them."""

from __future__ import annotations

import re
from typing import Literal

_VALUE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_TAG = re.compile(r"\{%.*?%\}", re.S)
_SIGN = re.compile(r"^【[^】]*】|^\{\{\s*shop\.name\s*\}\}\s*[:：]\s*")
# Services refuse variables that hold addresses of pages, and the sign names the shop.
_LEFT_OUT = ("url", "shop.name")


def suggested(body: str, style: Literal["named", "placed"]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the words to hand in and the variables in them, (name, text in Jinja syntax) in order.

    Conditions are taken to hold. "named" writes ${order_number}, "placed" {1}.
    """
    names: list[str] = []

    def variable(found: re.Match[str]) -> str:
        path = found.group(1)
        if path.endswith(_LEFT_OUT):
            return ""
        if path not in names:
            names.append(path)
        return f"{{{names.index(path) + 1}}}" if style == "placed" else f"${{{path.replace('.', '_')}}}"

    words = _VALUE.sub(variable, _SIGN.sub("", _TAG.sub("", body)))
    words = re.sub(r"\s+", " ", words).strip(" :：")
    return words, tuple((path.replace(".", "_"), f"{{{{ {path} }}}}") for path in names)
