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


# Characters that are read in more than one way every day; of all others the usual reading alone counts, so that
# "yizi" is not 一次, whose second character is read "zi" in old books.
_SEVERAL_READINGS = frozenset(
    "乐行长重调传朝藏单弹都还会降角壳率模屏色参石提系校血折着仔柏薄剥便车给核卡咖茄露没熟尾削叶扎粘拓圈雀省盛纤择"
    "好和干冠量铺强宿应炸种转大地缝更谷号划落埋蔓扇什万少舍数为鲜要载脏作曾差发夹卷宁似药当得的了中只空相看"
)


@cache
def _syllables(character: str) -> tuple[str, ...]:
    """Return the readings of a character that are in daily use, the most usual first; without tones, ü as v."""
    found: dict[str, None] = {}
    for reading in _readings().get(ord(character), "").split(","):
        plain = "".join("v" if letter in "ǖǘǚǜ" else letter for letter in reading)
        letters = unicodedata.normalize("NFD", plain.replace("ü", "v"))
        syllable = "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
        if syllable:
            found.setdefault(syllable)
    return tuple(found)[: 3 if character in _SEVERAL_READINGS else 1]


# Things whose name takes 子 when it stands alone and loses it in longer words: 椅子, but 餐椅.
_THINGS = (
    "椅桌凳柜杯被帽鞋袜裤裙瓶盘碟筷勺叉刀箱袋盒垫毯帘架镜梳刷夹绳链坠扇炉锅罐桶篮筐房帐褥席领袖扣带珠果李桃梨"
    "橘柚橙栗种叶柿茄饺包粽哨笼管棒板钉锤钳锯铲拍本册牌梯轮车塞坛缸钩"
)
ENDING, ENDING_SOUND = "子", "zi"


@cache
def _characters() -> Mapping[str, str]:
    """Return which characters are usually read as a syllable: {"yi": "一义亿…"}."""
    found: dict[str, list[str]] = {}
    for code in range(0x4E00, 0x9FA6):
        for syllable in _syllables.__wrapped__(chr(code)):
            found.setdefault(syllable, []).append(chr(code))
    return {syllable: "".join(characters) for syllable, characters in found.items()}


def two_syllables(word: str) -> list[tuple[str, str]]:
    """Return the ways to read `word` as pinyin of two characters: "yizi" → [("yi", "zi")]."""
    if not (3 <= len(word) <= 12 and word.isascii() and word.isalpha()):
        return []
    known = _characters()
    return [(word[:i], word[i:]) for i in range(1, len(word)) if word[:i] in known and word[i:] in known]


def is_thing(character: str) -> bool:
    """Whether the character and 子 are the name of a thing."""
    return character in _THINGS


def read_as(syllable: str) -> str:
    """Return the characters that are read as `syllable`, without tones."""
    return _characters().get(syllable, "")


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
