"""Text to terms: the one segmenter that documents and queries share, whatever the database.

Chinese is cut by rjieba (loaded on first use) and also into characters and character pairs, so that a
wrong cut never hides a product. Latin text is lower-cased, freed of accents and lightly stemmed;
"Wi-Fi", "iPhone15" and "256 GB" are kept in every spelling a shopper may type.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:[-.&_][^\W_{CJK}]+)*")
_PART = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_IS_CJK = re.compile(rf"[{CJK}]")
_ACCENTED = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")
_APOSTROPHES = {ord(mark): None for mark in "'’‘`´"}
_LONGEST_TERM = 32
_LONGEST_CHINESE_WORD = 8

# Words that say nothing about a product: a query need not find them.
_STOP_WORDS = """
    a an and at by de for from in is it la le of on or the to with your
    的 了 和 与 及 在 是 有 个 或
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Run:
    """One unbroken run of text as written: a Chinese run, or a Latin word with its joined parts."""

    chinese: bool
    text: str
    parts: tuple[str, ...]


@dataclass(slots=True)
class FieldTerms:
    """The terms of one field of a document.

    `counts` maps each term to how often it occurs; `words` maps each term that is a whole word (not a
    character, pair or joined spelling) to the word as written; `plain` is the text reduced to its words
    in order, separated by spaces, Chinese uncut; `length` is the length in words.
    """

    counts: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    plain: str = ""
    length: float = 0.0


def normalise(text: str) -> str:
    """Return `text` in one width and case, without accents on Latin letters and without apostrophes."""
    if text.isascii():
        return text.lower().translate(_APOSTROPHES)
    text = unicodedata.normalize("NFKC", text).lower().translate(_APOSTROPHES)
    if not _ACCENTED.search(text):
        return text
    return unicodedata.normalize(
        "NFC",
        "".join(letter for letter in unicodedata.normalize("NFD", text) if not "\u0300" <= letter <= "\u036f"),
    )


def stem(word: str) -> str:
    """Return a Latin word without its plural ending; everything else unchanged."""
    if len(word) < 4 or word[-1] != "s" or not word.isalpha():
        return word
    if word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zzes")):
        return word[:-2]
    return word[:-1]


def is_chinese(text: str) -> bool:
    return bool(_IS_CJK.match(text))


def runs(text: str) -> list[Run]:
    """Cut normalised text into runs, in order."""
    found = []
    for match in _RUN.finditer(text):
        run = match.group()
        if is_chinese(run):
            found.append(Run(True, run, ()))
        else:
            parts = tuple(part[:_LONGEST_TERM] for part in _PART.findall(run))
            if parts:
                found.append(Run(False, run, parts))
    return found


def chinese_words(run: str, *, overlapping: bool = False) -> list[str]:
    """Cut a Chinese run into words; with `overlapping` also the shorter words inside longer ones."""
    import rjieba  # 32 MB: only for who searches or indexes

    return rjieba.cut_for_search(run) if overlapping else rjieba.cut(run)  # type: ignore[no-any-return]


def is_chinese_word(text: str) -> bool:
    """Whether the dictionary has `text` as one word; nothing is guessed."""
    import rjieba

    return rjieba.cut(text, False) == [text]


def joined(parts: tuple[str, ...]) -> str:
    """Return the spelling of `parts` as one word, or "" when nobody would write it so."""
    word = "".join(parts)
    return word if 2 <= len(parts) <= 6 and len(word) <= _LONGEST_TERM else ""


def _spelled_together(left: str, right: str) -> bool:
    """Say whether "256 gb" or "iphone 15" may be typed without the space."""
    if left[0].isdigit():
        return right.isalpha() and len(right) <= 4
    return right[0].isdigit() and left.isalpha() and len(right) <= 4


def field_terms(text: str, *, characters: bool = True) -> FieldTerms:
    """Return the terms of one field.

    With `characters` (titles and keywords) Chinese is also cut into single characters and pairs;
    without (long bodies) into words only.
    """
    result = FieldTerms()
    counts = result.counts
    plain: list[str] = []
    previous = ""

    def add(term: str) -> None:
        counts[term] = counts.get(term, 0) + 1

    for run in runs(normalise(text)):
        if run.chinese:
            previous = ""
            plain.append(run.text)
            result.length += len(run.text) / 2
            pairs = {run.text[i : i + 2] for i in range(len(run.text) - 1)} if characters else set()
            for word in chinese_words(run.text, overlapping=True):
                if len(word) > _LONGEST_CHINESE_WORD:
                    continue
                result.words[word] = word
                if word not in pairs and (len(word) > 1 or not characters):
                    add(word)
            if characters:
                for character in run.text:
                    add(character)
                for i in range(len(run.text) - 1):
                    add(run.text[i : i + 2])
            continue
        for part in run.parts:
            term = stem(part)
            add(term)
            result.words[term] = part
            plain.append(term)
            result.length += 1
            if previous and _spelled_together(previous, part) and joined((previous, part)):
                add(joined((previous, part)))
            previous = part
        whole = stem(joined(run.parts))
        if whole and whole not in counts:
            add(whole)
        if whole:
            result.words[whole] = "".join(run.parts)
    result.plain = " ".join(plain)
    return result


def squashed_code(text: str) -> str:
    """Return a SKU, barcode or model number as one word: letters and digits only, lower case."""
    return "".join(letter for letter in normalise(text[:128]) if letter.isalnum())[:64]
