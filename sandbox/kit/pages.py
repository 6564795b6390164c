"""The frame of a stand-in's pages and how amounts are written on them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import urlencode

STYLE = Path(__file__).with_name("style.css")
_NO_DECIMALS = {"JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "PYG", "UGX", "RWF"}
_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}


def amount_text(minor: int, currency: str) -> str:
    """Return an amount of minor units as people write it."""
    currency = currency.upper()
    decimals = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    whole, rest = divmod(minor, 10**decimals)
    number = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    return f"{_SIGNS[currency]}{number}" if currency in _SIGNS else f"{currency} {number}"


def shell(
    *,
    prefix: str,
    language: str,
    brand: str,
    mode: str,
    title: str,
    body: str,
    head: str = "",
    query: Mapping[str, str] | None = None,
    frame: bool = False,
) -> str:
    """Return a whole page; `body` and `head` are HTML, the rest plain text. `query` names the page beside its path.
    `frame`: it is shown inside another page.
    """
    other, other_name = ("en", "English") if language == "zh" else ("zh", "中文")
    tag, other_tag = ("zh-Hans", "en") if language == "zh" else ("en", "zh-Hans")
    link = escape(urlencode({**(query or {}), "lang": other}))
    return f"""<!doctype html>
<html lang="{tag}"{' class="frame"' if frame else ""}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} – {escape(brand)}</title>
<link rel="stylesheet" href="{escape(prefix)}/style.css">
<link rel="icon" href="data:,">{head}
</head>
<body>
<header class="top"><p class="brand">{escape(brand)}</p><p class="mode">{escape(mode)}</p>
<a class="switch" href="?{link}" lang="{other_tag}">{other_name}</a></header>
<main>{body}</main>
</body>
</html>
"""
