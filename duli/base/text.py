"""Text as it comes from people: made safe, short, plain, or fit for an address."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from urllib.parse import urlsplit

import nh3

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_BLOCK_END = re.compile(r"</(?:p|div|li|h[1-6]|tr|ul|ol|table|blockquote)>|<br\s*/?>", re.IGNORECASE)

# 3 (American Express, JCB, Diners), 4 (Visa), 5 and 2 (Mastercard), 6 (UnionPay, Discover, Maestro).
_CARD = re.compile(
    rb"(?<![0-9A-Za-z_])(?<![0-9]\.)(?:[3-6][0-9]|2[2-7])(?:[ -]?[0-9]){11,17}(?![0-9A-Za-z_])(?!\.[0-9])"
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

ALLOWED_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption"),
    *("figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span"),
    *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
ALLOWED_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "loading"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "abbr": {"title"},
    "ol": {"start"},
}


def without_control(text: str) -> str:
    """Return `text` without control characters and lone surrogates, in Unicode NFC."""
    cleaned = _CONTROL.sub("", text).encode("utf-8", "ignore").decode("utf-8")
    return unicodedata.normalize("NFC", cleaned)


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` with every run of white space as one space, trimmed, at most `limit` characters long."""
    line = _SPACES.sub(" ", without_control(text)).strip()
    if limit is not None and len(line) > limit:
        line = line[: max(limit - 1, 0)].rstrip() + "…"
    return line


def reading_order(name: str) -> bytes:
    """Return what to sort names by, as readers look for them: marks on letters aside, Chinese by its sound.

    The common characters of GB 2312 stand in the order of their pinyin; the few others come last.
    """
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in folded if not unicodedata.combining(character)).encode("gb18030")


def slugify(text: str) -> str:
    """Return `text` as the last part of an address: lower case, hyphens; Chinese becomes pinyin.

    May be empty if nothing of the text can be written so.
    """
    folded = unicodedata.normalize("NFKD", without_control(text)).lower()
    folded = "".join(character for character in folded if not unicodedata.combining(character))
    if any("\u3400" <= character <= "\u9fff" for character in folded):
        from pypinyin import lazy_pinyin  # half a second to load, and only Chinese titles need it

        folded = "-".join(lazy_pinyin(folded))
    ascii_only = _NOT_WORD.sub("-", folded).encode("ascii", "ignore").decode().replace("_", "-")
    return re.sub(r"-{2,}", "-", ascii_only).strip("-")


def clean_html(html: str) -> str:
    """Return merchant or imported HTML with everything removed that could run or frame something."""
    return nh3.clean(
        without_control(html),
        tags=ALLOWED_TAGS,
        attributes={tag: set(names) for tag, names in ALLOWED_ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    ).strip()


def plain_text(html: str, limit: int | None = None) -> str:
    """Return what a reader sees of `html` as one line of text."""
    if "<" not in html and "&" not in html:
        return one_line(html, limit)
    spaced = _BLOCK_END.sub(" ", html)
    return one_line(unescape(nh3.clean(spaced, tags=set())), limit)


def mask_email(email: str) -> str:
    """Return ``l***@example.com`` for logs and for pages that anyone may open."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


def mask_phone(phone: str) -> str:
    """Return the phone number with only its ends: ``138****0000``."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


_EMAIL = re.compile(r"([A-Za-z0-9._%+-])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
# Eleven digits of a Chinese mobile number, or anything written with a plus and a country code.
_CHINESE_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_INTERNATIONAL = re.compile(r"(?<![\w+])(\+\d{2,3})[\d -]{5,14}(\d{4})(?!\d)")


def mask_contacts(text: str) -> str:
    """Return `text` with every e-mail address and phone number in it masked."""
    text = _EMAIL.sub(r"\1***@\2", text)
    text = _INTERNATIONAL.sub(r"\1****\2", text)
    return _CHINESE_MOBILE.sub(r"\1****\2", text)


def mask_cards(data: bytes) -> bytes:
    """Return `data` with the middle of every card number masked, so that none is ever kept.

    A run of 13 to 19 digits (single spaces or hyphens between them) is one if it begins as cards do and its check
    digit fits. The length stays the same.
    """
    return _CARD.sub(_masked_card, data)


def _masked_card(found: re.Match[bytes]) -> bytes:
    text = found.group()
    digits = [character - 48 for character in text if 48 <= character <= 57]
    doubled = sum(digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    if (sum(digits[-1::-2]) + doubled) % 10:
        return text
    kept = bytearray(text)
    places = [place for place, character in enumerate(text) if 48 <= character <= 57]
    for place in places[:-4]:
        kept[place] = ord("*")
    return bytes(kept)


def safe_url(url: str) -> str:
    """Return `url` if it is an absolute http(s) address, else an empty string."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else ""


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula; `unguarded` is the way back."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith((*_FORMULA, "'")) else text


def cldr_locale(language: str) -> str:
    """Return the name under which CLDR knows a language of ours: "zh-hans" is "zh_Hans_CN", "pt-br" is "pt_br"."""
    return "zh_Hans_CN" if language.lower().startswith("zh") else language.replace("-", "_")
