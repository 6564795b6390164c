from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.platform.search import selectors, services
from duli.platform.search.types import SearchDocument, SearchQuery, SearchResult
from tests.platform.search.corpus import documents

pytestmark = pytest.mark.usefixtures("shop")


def search(text: str, language: str = "zh-hans", **options: int | bool) -> SearchResult:
    return selectors.search(SearchQuery(text, "product", language, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("蓝牙耳机", "zh-hans", 7),
        ("蓝牙 音箱", "zh-hans", 9),
        ("连衣裙", "zh-hans", 4),
        ("鞋柜桌布", "zh-hans", 17),
        ("iphone15手机壳", "zh-hans", 10),
        ("Bluetooth Headphones", "en", 7),
        ("backpacks", "en", 5),
        ("cafe", "en", 19),
        ("CAFÉ", "en", 19),
        ("the lamp", "en", 18),
        ("childrens", "en", 3),
        ("wifi", "en", 21),
        ("wi fi", "en", 21),
        ("iphone15", "en", 10),
        ("512 gb", "en", 13),
        ("1tb", "en", 12),
    ],
)
def test_the_right_product_comes_first(text: str, language: str, first: int) -> None:
    assert search(text, language).ids[0] == first


def test_both_databases_give_this_order() -> None:
    """The same numbers are asserted whichever database the tests run on."""
    assert search("耳机").ids == [8, 7]
    assert search("防水").ids == [17, 9]
    assert search("bluetooth", "en").ids == [9, 7, 8]
    assert search("jacket", "en").ids == [2, 3]
    assert search("phone laptop", "en").ids[0] == 11
    assert [round(hit.score, 3) for hit in search("bluetooth", "en").hits] == [3.656, 3.567, 2.105]


@pytest.mark.parametrize(
    ("text", "ids"),
    [("shouji", {10, 11}), ("sj", {10, 11}), ("erji", {7, 8}), ("shoujike", {10}), ("shou", {10, 11})],
)
def test_pinyin_and_initials_find_chinese(text: str, ids: set[int]) -> None:
    assert ids <= set(search(text).ids)


@pytest.mark.parametrize(
    ("text", "ids", "meant"),
    [("zhuozi", {17, 18}, "桌子"), ("beizi", {14, 15}, "杯子"), ("guanzi", {19}, "罐子")],
)
def test_pinyin_of_a_thing_finds_what_is_called_after_it(text: str, ids: set[int], meant: str) -> None:
    found = search(text)
    assert set(found.ids) == ids
    assert found.corrections == ((text, meant),)


@pytest.mark.parametrize("text", ["yizi", "guizi", "shafa", "yizhi"])
def test_pinyin_of_what_is_not_there_finds_nothing(text: str) -> None:
    """Neither what merely sounds alike, nor what some characters of are read so now and then."""
    services.index(documents=[SearchDocument("product", 90, "zh-hans", "一次成像相机")])
    found = search(text)
    assert found.ids == []
    assert found.corrections == ()


@pytest.mark.parametrize(
    ("text", "language", "first", "correction"),
    [
        ("headphnes", "en", 8, ("headphnes", "headphones")),
        ("bluetoth speaker", "en", 9, ("bluetoth", "bluetooth")),
        ("jakcet", "en", 2, ("jakcet", "jacket")),
        ("blutooth", "en", 9, ("blutooth", "bluetooth")),
        ("儿机", "zh-hans", 7, ("儿机", "耳机")),
    ],
)
def test_typing_errors_are_corrected_and_told(
    text: str, language: str, first: int, correction: tuple[str, str]
) -> None:
    result = search(text, language)
    assert first in result.ids[:2]
    assert correction in result.corrections


def test_known_words_are_never_corrected() -> None:
    services.index(documents=[SearchDocument("product", 90, "en", "Lamb skin rug")])
    assert search("lamb", "en", prefix=False).ids == [90]
    assert search("lamb", "en").corrections == ()


def test_model_numbers_are_never_corrected() -> None:
    assert search("ax3001", "en").ids == []


@pytest.mark.parametrize("text", ["XY-BAG-7", "xy bag 7", "xybag7", "6901234567892", " xy_bag_7 "])
def test_codes_find_their_product_first(text: str) -> None:
    expected = 7 if text.startswith("69") else 5
    assert search(text).ids[0] == expected
    assert search(text, "en").ids[0] == expected


def test_the_beginning_of_a_barcode_is_enough() -> None:
    assert set(search("690123456").ids) == {7, 8}


def test_the_last_word_may_be_unfinished() -> None:
    assert search("bluetooth spea", "en").ids[0] == 9
    assert search("bluetooth spea ", "en", prefix=False).ids != [9]


def test_synonyms_help_when_nothing_else_is_there() -> None:
    assert search("ssd", "en").ids[0] == 13
    assert search("移动电源").relaxed
    services.index(documents=[SearchDocument("product", 91, "zh-hans", "迷你充电宝")])
    assert search("移动电源").ids[0] == 91


def test_languages_and_kinds_stay_apart() -> None:
    services.index(documents=[SearchDocument("article", 1, "en", "How to choose a lamp")])
    assert search("蓝牙耳机", "en").ids == []
    assert search("headphones", "zh-hans").ids == []
    assert search("lamp", "en").ids == [18]
    assert selectors.search(SearchQuery("lamp", "article", "en")).ids == [1]


def test_most_of_the_words_will_do_when_all_are_too_many() -> None:
    result = search("purple leather business backpack", "en")
    assert result.ids[0] == 5
    result = search("studio headphones waterproof", "en")
    assert result.ids[0] == 8
    assert result.relaxed


def test_pages_follow_each_other() -> None:
    services.index(documents=[SearchDocument("product", 100 + n, "en", f"Oak chair number {n}") for n in range(60)])
    everything = search("oak chair", "en", limit=60)
    pages = [search("oak chair", "en", limit=24, offset=offset).ids for offset in (0, 24, 48)]
    assert everything.total == 60
    assert everything.total_is_exact
    assert [len(page) for page in pages] == [24, 24, 12]
    assert [object_id for page in pages for object_id in page] == everything.ids


def test_many_results_are_counted_and_the_best_of_all_comes_first() -> None:
    many = [
        SearchDocument("product", 1_000 + n, "en", f"Everyday round oak table with many words {n}") for n in range(700)
    ]
    services.index(documents=[*many, SearchDocument("product", 5_000, "en", "Oak table")])
    one = search("oak", "en")
    assert (one.total, one.total_is_exact, one.ids[0]) == (701, True, 5_000)
    two = search("oak table", "en")
    assert (two.total, two.total_is_exact, two.ids[0]) == (600, False, 5_000)


@pytest.mark.django_db(transaction=True)
def test_the_same_search_is_answered_from_memory_until_the_index_changes() -> None:
    before = search("Bottle", "en")
    with CaptureQueriesContext(connection) as queries:
        assert search("bottle", "en") == before
    assert not queries.captured_queries
    services.remove(kind="product", ids=[14])
    assert 14 in before.ids
    assert 14 not in search("bottle", "en").ids
    services.index(documents=documents())
    assert search("bottle", "en") == before


def test_boost_lifts_a_product() -> None:
    services.index(
        documents=[SearchDocument("product", n, "en", "Oak stool", boost=boost) for n, boost in ((60, 1), (61, 2))]
    )
    assert search("oak stool", "en").ids == [61, 60]


@pytest.mark.parametrize(
    "text",
    [
        *("耳机", "bluetooth headphones", "blutooth speeker bckpack", "shoujike", "XY-BAG-7", "zzzz 不存在的东西"),
        *("zhuozi", "yizi"),
    ],
)
def test_a_search_is_few_statements(text: str) -> None:
    with CaptureQueriesContext(connection) as statements:
        search(text)
    assert len(statements) <= 9


NASTY = [
    "",
    " ",
    "\x00",
    "a\x00b\x1f\x7f\u200b",
    '"',
    "'",
    "''';--",
    "'; DROP TABLE search_indexeddocument; --",
    '" OR 1=1 --',
    "NEAR(a b)",
    "title:lamp",
    "{high} : lamp",
    "lamp*",
    "^lamp",
    "a AND NOT b OR (c",
    "lamp & | ! <-> :*",
    "\\'lamp\\",
    "%s %(a)s %",
    "😀🎧",
    "\ud800",
    "№qhts001",
    "(" * 500,
    "a-b.c_d&e" * 100,
    "é" * 5_000,
    "耳" * 5_000,
    "lamp " * 1_000,
    "x" * 10_000_000,
    "耳机" * 5_000_000,
]


@pytest.mark.parametrize("text", NASTY, ids=[repr(text[:24]) for text in NASTY])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_anything_may_be_typed(text: str, language: str) -> None:
    result = search(text, language)
    assert result.total >= len(result.ids)
    assert isinstance(selectors.suggest(text, kind="product", language=language), list)


def test_a_huge_query_is_cut_to_what_counts() -> None:
    assert search("lamp " + "x" * 10_000_000, "en").ids[0] == 18


def test_impossible_pages_are_empty() -> None:
    assert search("耳机", limit=0).ids == []
    assert search("耳机", limit=-5).ids == []
    assert search("耳机", offset=10**9).ids == []
    assert search("耳机", offset=-3).ids == [8, 7]
