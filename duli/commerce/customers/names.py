"""What people are found and compared by: names, addresses and numbers in one spelling. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from duli.commerce.customers.types import Address
from duli.platform.search.segment import is_chinese, normalise
from duli.platform.search.spelling import initials, pinyin

_CHINESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_CODE = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")
_GMAIL = {"gmail.com", "googlemail.com"}
_COUNTRY_CODES = ("86", "1", "44", "49", "33", "81", "82", "852", "886", "65")
LONGEST_WORD = 40


def _letter(character: str) -> str:
    if is_chinese(character):
        # Text indexes of three-letter groups do not know Chinese everywhere: five letters stand for one character.
        return "q" + f"{ord(character):04x}".translate(_CODE)
    return character if character.isalnum() and character.isascii() else ""


def squashed(text: str) -> str:
    """Return `text` as letters and digits only, lower case; Chinese characters as codes of five letters."""
    return "".join(_letter(character) for character in _plain(text))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", normalise(text))
    return "".join(character for character in folded if not unicodedata.combining(character))


def search_text(*, name: str, email: str, phone: str) -> str:
    """Return the words a customer is found by, each after two spaces, so that even one letter begins a group of three.

    The name with its pinyin and initials, the address as one word and from each of its parts on, the number.
    """
    words: dict[str, None] = {}
    for word in name.split():
        words.setdefault(squashed(word))
    words.setdefault(squashed(name))
    for run in _CHINESE.findall(name):
        for spelling in (*pinyin(run), *initials(run)):
            words.setdefault(spelling)
    words.setdefault(squashed(email))
    words.setdefault(squashed(email.partition("@")[2]))
    words.setdefault("".join(character for character in phone if character.isdigit()))
    return "".join(f"  {word}" for word in words if word)[:2000]


def query_words(text: str) -> list[str]:
    """Return what `search_text` must contain for each typed word: any part of it, or its beginning if it is short."""
    found = []
    for word in text.split()[:6]:
        # What is cut off is not even read: a form may send megabytes.
        plain = squashed(word[: 4 * LONGEST_WORD])[:LONGEST_WORD]
        if word.startswith("0") and plain.isdigit() and len(plain) > 6:
            plain = plain.lstrip("0")
        if plain:
            found.append(plain if len(plain) > 2 else f"{'  '[: 3 - len(plain)]}{plain}")
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def email_key(email: str) -> str:
    """Return the digest of the mailbox behind an address: without case and "+tags", without dots at Gmail."""
    local, at, domain = email.strip().lower().partition("@")
    if not at:
        return ""
    local = local.partition("+")[0]
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return _digest(f"{local}@{domain}")


def phone_key(phone: str) -> str:
    """Return the digest of a number, the same with and without a usual country code; "" for something too short."""
    digits = "".join(character for character in phone if character.isdigit()).lstrip("0")
    if len(digits) < 7:
        return ""
    if phone.strip().startswith("+"):
        digits = next((digits[len(code) :] for code in _COUNTRY_CODES if digits.startswith(code)), digits)
    return _digest(digits)


def place_key(address: Address) -> str:
    """Return the digest of a name together with a postal address; "" if either is missing."""
    name, street = squashed(address.name), squashed(address.line1 + address.line2)
    if not name or not street:
        return ""
    town = squashed(address.postal_code) or squashed(address.city + address.district)
    return _digest(" ".join(["".join(sorted(name)), address.country, town, street]))
