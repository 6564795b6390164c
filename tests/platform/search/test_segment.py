from __future__ import annotations

import subprocess
import sys

import pytest

from duli.platform.search.segment import field_terms, normalise, squashed_code, stem
from duli.platform.search.spelling import deletions, distance, initials, keys_of, pinyin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Café Crème", "cafe creme"),
        ("Women's", "womens"),
        ("İstanbul", "istanbul"),
        ("한국어", "한국어"),
    ],
)
def test_normalising_folds_width_case_and_accents(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("speakers", "speaker"),
        ("batteries", "battery"),
        ("boxes", "box"),
        ("watches", "watch"),
        ("glass", "glass"),
        ("gps", "gps"),
        ("bus", "bus"),
        ("tennis", "tennis"),
        ("ps4s", "ps4s"),
    ],
)
def test_stemming_removes_plurals_only(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("iPhone15", {"iphone15", "iphone", "15"}),
        ("iPhone 15", {"iphone15", "iphone", "15"}),
        ("256GB", {"256gb", "256", "gb"}),
        ("256 GB", {"256gb", "256", "gb"}),
        ("1.5kW", {"1.5kw", "1.5", "kw"}),
        ("Wi-Fi", {"wifi", "wi", "fi"}),
        ("手机壳", {"手", "机", "壳", "手机", "机壳"}),
    ],
)
def test_every_usual_spelling_becomes_a_term(text: str, terms: set[str]) -> None:
    assert terms <= set(field_terms(text).counts)


def test_long_texts_keep_words_only() -> None:
    counts = field_terms("录音棚监听音质", characters=False).counts
    assert "录音棚" in counts
    assert "音棚" not in counts


def test_codes_lose_everything_but_letters_and_digits() -> None:
    assert squashed_code(" Qh-Ts/001 ") == "qhts001"


def test_pinyin_knows_the_usual_readings() -> None:
    assert pinyin("手机")[0] == "shouji"
    assert "yinyue" in pinyin("音乐")
    assert "chongqing" in pinyin("重庆")
    assert pinyin("绿")[0] == "lv"
    assert initials("手机")[0] == "sj"
    assert {"shouji", "sj"} <= keys_of("手机")


def test_edits_are_counted_with_swaps() -> None:
    assert distance("hte", "the") == 1
    assert distance("speeker", "speaker") == 1
    assert distance("blutoth", "bluetooth") == 2
    assert not deletions("gx921")
    assert not deletions("cat")
    assert deletions("lamp") & deletions("lanp")


def test_setting_up_loads_neither_dictionary() -> None:
    program = (
        "import django, sys; django.setup();"
        "import duli.platform.search.services, duli.platform.search.selectors;"
        "print([name for name in ('rjieba', 'pypinyin', 'pypinyin.pinyin_dict') if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
