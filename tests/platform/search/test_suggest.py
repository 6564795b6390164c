from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.platform.search import selectors, services
from duli.platform.search.types import SearchDocument

pytestmark = pytest.mark.usefixtures("shop")


def suggest(prefix: str, language: str = "en", limit: int = 8) -> list[str]:
    return selectors.suggest(prefix, kind="product", language=language, limit=limit)


@pytest.mark.parametrize(
    ("prefix", "language", "expected"),
    [
        ("blue", "en", "bluetooth"),
        ("HEADP", "en", "headphones"),
        ("phone ca", "en", "phone case"),
        ("b", "en", "bluetooth"),
        ("手", "zh-hans", "手机"),
        ("蓝牙耳", "zh-hans", "蓝牙耳机"),
        ("shouj", "zh-hans", "手机"),
        ("sj", "zh-hans", "手机"),
        ("blutooth", "en", "bluetooth"),
    ],
)
def test_words_of_the_shop_complete_what_is_typed(prefix: str, language: str, expected: str) -> None:
    assert expected in suggest(prefix, language)


def test_words_that_follow_each_other_are_offered() -> None:
    services.index(documents=[SearchDocument("product", 70 + n, "en", f"Garden chair model {n}") for n in range(3)])
    assert suggest("gar") == ["garden", "garden chair"]


def test_suggestions_lead_to_results() -> None:
    for prefix in ("b", "c", "le", "wa"):
        for phrase in suggest(prefix):
            assert selectors.search(selectors.SearchQuery(phrase, "product", "en")).total > 0


def test_common_words_come_first_and_the_limit_holds() -> None:
    services.index(documents=[SearchDocument("product", 80 + n, "en", "Bamboo tray") for n in range(5)])
    assert suggest("b", limit=2)[0] == "bamboo"
    assert len(suggest("b", limit=2)) == 2
    assert suggest("b", limit=0) == []


def test_languages_stay_apart() -> None:
    assert suggest("blue", "zh-hans") == []
    assert suggest("手", "en") == []


def test_suggestions_are_few_statements() -> None:
    for prefix in ("b", "bluetooth h", "blutooth"):
        with CaptureQueriesContext(connection) as statements:
            suggest(prefix)
        assert len(statements) <= 9
