from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from duli.platform.search import selectors, services
from duli.platform.search.entry import partition
from duli.platform.search.index import search_index
from duli.platform.search.models import IndexedDocument, IndexedTerm, WordKey
from duli.platform.search.types import SearchDocument, SearchQuery
from tests.platform.search.corpus import CHINESE, documents


def ids(text: str, language: str = "en") -> list[int]:
    return selectors.search(SearchQuery(text, "product", language)).ids


def vocabulary() -> dict[tuple[str, str], int]:
    return {(row.partition, row.term): row.documents for row in IndexedTerm.objects.all()}


@pytest.mark.django_db
def test_a_document_replaces_the_one_before() -> None:
    assert services.index(documents=[SearchDocument("product", 1, "en", "Oak table", codes=("A-100",))]) == 1
    assert services.index(documents=[SearchDocument("product", 1, "en", "Pine bench", codes=("B-200",))]) == 1
    assert ids("oak") == ids("A-100") == []
    assert ids("pine") == ids("B-200") == [1]
    assert IndexedDocument.objects.count() == 1


@pytest.mark.django_db
def test_unchanged_documents_are_left_alone() -> None:
    services.index(documents=documents())
    assert services.index(documents=documents()) == 0


@pytest.mark.django_db
def test_the_last_of_two_documents_with_one_name_wins() -> None:
    services.index(documents=[SearchDocument("product", 1, "en", title) for title in ("Oak", "Pine")])
    assert (ids("oak"), ids("pine")) == ([], [1])


@pytest.mark.django_db
def test_the_vocabulary_counts_exactly_what_is_indexed() -> None:
    services.index(documents=documents())
    services.index(documents=[SearchDocument("product", 1, "en", "Wool T-shirt"), *documents()[-3:]])
    services.remove(kind="product", ids=[2, 7, 999])
    counted = vocabulary()
    services.rebuild(kind="product", documents=[])
    assert IndexedTerm.objects.count() == IndexedDocument.objects.count() == 0
    kept = [d for d in documents() if d.object_id not in (2, 7) and (d.object_id, d.language) != (1, "en")]
    services.index(documents=[*kept, SearchDocument("product", 1, "en", "Wool T-shirt")])
    assert vocabulary() == counted
    assert counted[(partition("product", "zh-hans"), "")] == len(CHINESE) - 2


@pytest.mark.django_db
def test_removing_takes_every_language() -> None:
    services.index(documents=documents())
    assert services.remove(kind="product", ids=[7]) == 2
    assert ids("蓝牙耳机", "zh-hans")[:1] != [7]
    assert 7 not in ids("bluetooth headphones")
    assert services.remove(kind="product", ids=[8], language="en") == 1
    assert ids("headphones") == []
    assert ids("耳机", "zh-hans") == [8]


@pytest.mark.django_db
def test_rebuilding_leaves_exactly_what_was_given() -> None:
    services.index(documents=[*documents(), SearchDocument("article", 1, "en", "Lamp guide")])
    fresh = [document for document in documents() if document.object_id > 10]
    assert services.rebuild(kind="product", documents=iter(fresh)) == len(documents()) - len(fresh)
    assert ids("headphones") == []
    assert ids("lamp") == [18]
    assert selectors.search(SearchQuery("lamp", "article", "en")).ids == [1]
    assert services.rebuild(kind="product", documents=fresh) == 0
    terms = set(IndexedTerm.objects.values_list("partition", "term"))
    assert set(WordKey.objects.values_list("partition", "term")) <= terms


@pytest.mark.django_db
def test_clearing_empties_everything() -> None:
    services.index(documents=documents())
    with transaction.atomic():
        search_index().clear()
    assert ids("lamp") == []
    services.index(documents=documents())
    assert ids("lamp") == [18]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_change_back() -> None:
    services.index(documents=documents())
    before = vocabulary()

    def fail() -> None:
        with transaction.atomic():
            services.index(documents=[SearchDocument("product", 18, "en", "Zebra rug")])
            services.index(documents=[SearchDocument("product", 50, "en", "Zebra chair")])
            services.remove(kind="product", ids=[7])
            assert ids("zebra") == [50, 18] or set(ids("zebra")) == {18, 50}
            raise IntegrityError

    with pytest.raises(IntegrityError):
        fail()
    assert ids("zebra") == []
    assert ids("lamp") == [18]
    assert 7 in ids("bluetooth headphones")
    assert vocabulary() == before


@pytest.mark.django_db(transaction=True)
def test_emptying_the_database_empties_the_text_index() -> None:
    services.index(documents=documents())
    call_command("flush", interactive=False, verbosity=0)
    services.index(documents=[SearchDocument("product", 1, "en", "Rattan basket")])
    assert ids("lamp") == []
    assert ids("basket") == [1]


@pytest.mark.django_db
def test_odd_documents_are_taken() -> None:
    odd = [
        SearchDocument("product", 1, "en", ""),
        SearchDocument("product", 2, "en", "\x00\x01 \ud800 ''; -- \"quoted\""),
        SearchDocument("product", 3, "en", "x" * 100_000, ("k" * 100_000,), "b " * 100_000, ("c" * 1_000, "", "-")),
        SearchDocument("product", 4, "zh-hans", "耳机" * 10_000, (), "好" * 100_000),
        SearchDocument("product", 5, "en", "😀 emoji rug", boost=float("inf")),
    ]
    services.index(documents=odd)
    assert ids("quoted") == [2]
    assert ids("emoji") == [5]
    assert ids("耳机", "zh-hans") == [4]


def test_usual_kinds_and_languages_have_partitions_of_their_own() -> None:
    kinds = ("product", "category", "collection", "article", "page", "brand", "order", "customer")
    languages = (
        "zh-hans",
        "zh-hant",
        "en",
        "de",
        "fr",
        "es",
        "it",
        "ja",
        "ko",
        "ru",
        "pt",
        "pt-br",
        "nl",
        "pl",
        "tr",
        "ar",
    )
    codes = {partition(kind, language) for kind in kinds for language in languages}
    assert len(codes) == len(kinds) * len(languages)


@pytest.mark.django_db
def test_the_text_index_is_used() -> None:
    """Without it PostgreSQL would read every row; SQLite cannot ask the question at all."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'search_text_%' AND type = 'trigger'")
            assert cursor.fetchone() == (3,)
        return
    services.index(
        documents=[SearchDocument("product", n, "en", f"Oak table {n}", body=f"word{n} " * 20) for n in range(1, 1_001)]
    )
    code = partition("product", "en")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE search_indexeddocument")
        cursor.execute(
            "EXPLAIN SELECT id FROM search_indexeddocument d"
            " WHERE duli_search_vector(d.partition, d.top, d.high, d.middle, d.low) @@ %s::tsquery LIMIT 200",
            [f"'{code}oak' & '{code}77'"],
        )
        assert "search_document_vector" in str(cursor.fetchall())
