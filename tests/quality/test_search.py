from __future__ import annotations

import gzip
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from duli.platform.search import selectors, services
from duli.platform.search.models import IndexedDocument
from duli.platform.search.types import SearchQuery
from quality.search import evaluate, measures, read_judgments, read_products
from tests.platform.search.corpus import CHINESE_QUERIES, ENGLISH_QUERIES, documents
from tests.shared_data import ROOT, shared


def test_the_measures_are_those_of_the_module() -> None:
    perfect = measures([3, 2, 0], [3, 2, 0])
    assert perfect == (1.0, 1.0, 1.0)
    ndcg, reciprocal, recall = measures([0, 1], [1, 1, 0])
    assert ndcg == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert (reciprocal, recall) == (0.5, 0.5)
    assert measures([], [1]) == (0.0, 0.0, 0.0)
    assert measures([1] * 10, [1] * 40)[2] == 1.0
    assert measures([0] * 10 + [3], [3])[:2] == (0.0, 0.0)


def test_both_forms_of_files_are_read(tmp_path: Path) -> None:
    products = tmp_path / "products.jsonl.gz"
    with gzip.open(products, "wt", encoding="utf-8") as file:
        file.write('{"id": "a", "title": "灯"}\n\n{"id": 2, "name": "Lamp"}\n')
    assert [product["id"] for product in read_products(products)] == ["a", 2]
    comma = tmp_path / "j.csv"
    comma.write_text('docid,query,rating\na,"desk, lamp",2\n2,"desk, lamp",0\n', encoding="utf-8-sig")
    assert read_judgments(comma) == {"desk, lamp": {"a": 2, "2": 0}}
    tabs = tmp_path / "j.tsv"
    tabs.write_text('query\tdocid\trating\n15" 灯\ta\t1\n', encoding="utf-8")
    assert read_judgments(tabs) == {'15" 灯': {"a": 1}}
    with pytest.raises(ValueError, match="header"):
        read_judgments(products.with_suffix("")) if products.with_suffix("").exists() else read_judgments(
            _write(tmp_path)
        )


def _write(folder: Path) -> Path:
    path = folder / "odd.csv"
    path.write_text("question,answer\n", encoding="utf-8")
    return path


def test_the_program_prints_one_line(tmp_path: Path) -> None:
    products, judgments = tmp_path / "products.jsonl", tmp_path / "judgments.csv"
    rows = [{"id": str(n), "title": title} for n, title in enumerate(("Desk lamp", "Oak table", "Glass mug"))]
    products.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    judgments.write_text("query,docid,rating\nlamp,0,3\nmug,2,1\nchair,1,0\n", encoding="utf-8")
    command = [sys.executable, "-m", "quality.search", "--products", str(products), "--judgments", str(judgments)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ | {"DULI_DEBUG": ""}
    )
    assert run.stdout.count("\n") == 1
    assert json.loads(run.stdout) == {"ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0, "queries": 2}
    broken = subprocess.run([*command[:-1], str(products)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert broken.returncode == 2
    assert broken.stdout == ""


@pytest.mark.django_db
def test_a_small_shop_is_searched_well() -> None:
    services.index(documents=documents())
    places = []
    for language, queries in (("zh-hans", CHINESE_QUERIES), ("en", ENGLISH_QUERIES)):
        for text, right in queries:
            found = selectors.search(SearchQuery(text, "product", language, limit=10)).ids
            places.append(next((1 / place for place, object_id in enumerate(found, 1) if object_id in right), 0.0))
    assert sum(places) / len(places) >= 0.95
    assert min(places) > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("folder", "judgments", "measure", "mark"),
    [
        ("search_zh_taobao", "judgments.tsv", "mrr@10", 0.80),
        # Both databases hand the same rows to the same ranking: the smaller collection shows that on the second one.
        pytest.param("search_icecat", "judgments.csv", "ndcg@10", 0.78, marks=pytest.mark.one_database),
    ],
)
def test_real_queries_reach_the_mark(folder: str, judgments: str, measure: str, mark: float) -> None:
    products = read_products(shared(f"{folder}/products.jsonl.gz"))
    result = evaluate(products, read_judgments(shared(f"{folder}/{judgments}")))
    assert result[measure] >= mark
    assert IndexedDocument.objects.count() == len(products)
