"""Other ways to reach a word: typing errors by deletion neighbourhoods, Chinese by pinyin. Pure."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import cast

from duli.platform.search.segment import is_chinese

_SHORTEST_CORRECTABLE, _LONGEST_CORRECTABLE = 4, 20
_MOST_READINGS = 6


def deletions(word: str) -> set[str]:
    """Return `word` with each one letter left out, and `word` itself; empty where guessing would harm.

    Two words that share one of these are at most one insertion, deletion, exchange or swap of neighbours
    apart, or two edits that delete a letter on either side. Words with digits are model numbers: a
    neighbour would be another product.
    """
    if not (_SHORTEST_CORRECTABLE <= len(word) <= _LONGEST_CORRECTABLE and word.isalpha()) or is_chinese(word):
        return set()
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def distance(left: str, right: str) -> int:
    """Return the number of insertions, deletions, exchanges and swaps of neighbours between two words."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if older and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


@cache
def _readings() -> Mapping[int, str]:
    """Return pypinyin's table of characters without importing the package, whose phrases take 45 MB more."""
    package = importlib.util.find_spec("pypinyin")
    assert package is not None
    assert package.submodule_search_locations
    path = f"{package.submodule_search_locations[0]}/pinyin_dict.py"
    spec = importlib.util.spec_from_file_location("duli_pinyin_readings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Mapping[int, str]", module.pinyin_dict)


@cache
def _syllables(character: str) -> tuple[str, ...]:
    """Return the two most usual readings of a character, without tones, ü as v."""
    found: dict[str, None] = {}
    for reading in _readings().get(ord(character), "").split(","):
        plain = "".join("v" if letter in "ǖǘǚǜ" else letter for letter in reading)
        letters = unicodedata.normalize("NFD", plain.replace("ü", "v"))
        syllable = "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
        if syllable:
            found.setdefault(syllable)
    return tuple(found)[:2]


def pinyin(word: str) -> list[str]:
    """Return a Chinese word's spellings in pinyin without tones, most usual first: "手机" → ["shouji"]."""
    syllables = [_syllables(character) for character in word]
    if not all(syllables) or len(word) > 8:
        return []
    spellings = dict.fromkeys("".join(choice) for choice in product(*syllables))
    return list(spellings)[:_MOST_READINGS]


def initials(word: str) -> list[str]:
    """Return the first letters of a Chinese word's syllables: "手机" → ["sj"]; none for one character."""
    letters = [dict.fromkeys(syllable[0] for syllable in _syllables(character)) for character in word]
    if not 2 <= len(word) <= 8 or not all(letters):
        return []
    return list(dict.fromkeys("".join(choice) for choice in product(*letters)))[:_MOST_READINGS]


def keys_of(word: str) -> set[str]:
    """Return every key under which the vocabulary finds `word`."""
    if is_chinese(word):
        return {*pinyin(word), *initials(word)}
    return deletions(word)
