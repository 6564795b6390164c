"""Scores the shop's own search against real queries.

    .venv/bin/python -m quality.search --products FILE --judgments FILE [--database URL]

Products: one JSON object a line (optionally gzip) with `id` and `title` (or `name`); used where present:
`supplier`, `brand`, `category`, `subcategory`, `tags` (keywords), `short_description`, `description`,
text attributes `attr_t_*` (body), `ean`, `sku`, `mpn`, `attr_t_oem_code` (codes). Judgments: CSV or TSV with
a header naming `query`, `docid` (a product id) and `rating` (0 = wrong; 1 and more = right, graded).

Everything is indexed and searched through `duli.platform.search` in a temporary SQLite database, or in the
database of the given URL, inside one transaction that is rolled back. One JSON line goes to standard
output, the rest to standard error.

Metrics are means over the queries that have at least one product rated above 0 (`queries` counts them),
from the first 10 results; what is not rated counts as 0:

- `ndcg@10`: DCG of the results over DCG of the best order of all rated products, both to place 10, where
  DCG is the sum of (2^rating - 1) / log2(place + 1).
- `mrr@10`: 1 / place of the first result rated above 0; 0 if there is none.
- `recall@10`: results rated above 0 over all products rated above 0, at most 10 of which can be found.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import os
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duli.platform.search.types import SearchDocument

PLACES = 10
_ENCODING = "utf-8-sig"
_KEYWORDS = ("supplier", "brand", "category", "subcategory", "tags")
_BODY = ("short_description", "description")
_CODES = ("ean", "sku", "mpn", "attr_t_oem_code")


def read_products(path: Path) -> list[dict[str, object]]:
    """Return the products of a JSON Lines file; raise ValueError naming the line that is not one."""
    products: list[dict[str, object]] = []
    with gzip.open(path, "rt", encoding=_ENCODING) if path.suffix == ".gz" else path.open(encoding=_ENCODING) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            product = json.loads(line)
            if not isinstance(product, dict) or "id" not in product:
                raise ValueError(f"{path}, line {number}: not a product with an id")
            products.append(product)
    return products


def read_judgments(path: Path) -> dict[str, dict[str, int]]:
    """Return {query: {product id: rating}} of a CSV or TSV file, recognised by its header."""
    judgments: dict[str, dict[str, int]] = {}
    with gzip.open(path, "rt", encoding=_ENCODING) if path.suffix == ".gz" else path.open(encoding=_ENCODING) as file:
        header = file.readline()
        delimiter = "\t" if "\t" in header else ","
        columns = next(csv.reader([header], delimiter=delimiter))
        names = [column.strip().lower() for column in columns]
        if not {"query", "docid", "rating"} <= set(names):
            raise ValueError(f"{path}: the header must name query, docid and rating, not {', '.join(names)}")
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if delimiter == "\t" else csv.reader(file)
        for values in rows:
            if len(values) < len(names):
                continue
            row = dict(zip(names, values, strict=False))
            judgments.setdefault(row["query"], {})[row["docid"].strip()] = round(float(row["rating"]))
    return judgments


def _texts(product: Mapping[str, object], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        value = product.get(name)
        for part in value if isinstance(value, list) else [value]:
            if part not in (None, ""):
                yield str(part)


def _documents(products: Sequence[Mapping[str, object]], kind: str, language: str) -> Iterator[SearchDocument]:
    from duli.platform.search.types import SearchDocument

    for number, product in enumerate(products, 1):
        attributes = [name for name in product if name.startswith("attr_t_")]
        yield SearchDocument(
            kind=kind,
            object_id=number,
            language=language,
            title=str(product.get("title") or product.get("name") or ""),
            keywords=tuple(_texts(product, _KEYWORDS)),
            body=" ; ".join(_texts(product, [*_BODY, *attributes])),
            codes=tuple(_texts(product, _CODES)),
        )


def _language(products: Sequence[Mapping[str, object]]) -> str:
    sample = "".join(str(product.get("title") or "") for product in products[:500])
    chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in sample)
    return "zh-hans" if chinese > len(sample) / 5 else "en"


def _dcg(ratings: Sequence[int]) -> float:
    return float(sum((2**rating - 1) / math.log2(place + 2) for place, rating in enumerate(ratings[:PLACES])))


def measures(ratings: Sequence[int], rated: Sequence[int]) -> tuple[float, float, float]:
    """Return (ndcg, reciprocal rank, recall) of one query; see the module.

    `ratings` are those of the results in order, `rated` those of all rated products, at least one above 0.
    """
    right = sum(rating > 0 for rating in rated)
    first = next((1 / place for place, rating in enumerate(ratings[:PLACES], 1) if rating > 0), 0.0)
    found = sum(rating > 0 for rating in ratings[:PLACES])
    return _dcg(ratings) / _dcg(sorted(rated, reverse=True)), first, found / min(right, PLACES)


def evaluate(
    products: Sequence[Mapping[str, object]], judgments: Mapping[str, Mapping[str, int]], *, details: bool = False
) -> dict[str, float | int]:
    """Index `products` under a kind of their own, ask every query, return the means; needs Django set up."""
    from duli.platform.search import selectors, services
    from duli.platform.search.types import SearchQuery

    kind, language = f"quality-{uuid.uuid4().hex[:12]}", _language(products)
    started = time.perf_counter()
    services.rebuild(kind=kind, documents=_documents(products, kind, language))
    print(f"{len(products)} products indexed in {time.perf_counter() - started:.1f} s ({language})", file=sys.stderr)
    totals: Counter[str] = Counter()
    queries, seconds = 0, 0.0
    for query, ratings in judgments.items():
        if not any(rating > 0 for rating in ratings.values()):
            continue
        queries += 1
        started = time.perf_counter()
        found = selectors.search(SearchQuery(text=query, kind=kind, language=language, limit=PLACES))
        seconds += time.perf_counter() - started
        results = [ratings.get(str(products[object_id - 1]["id"]), 0) for object_id in found.ids]
        ndcg, reciprocal, recall = measures(results, list(ratings.values()))
        totals.update({"ndcg": ndcg, "mrr": reciprocal, "recall": recall})  # type: ignore[arg-type]
        if details:
            print(f"{ndcg:.3f} {reciprocal:.2f} {recall:.2f} {found.total:6} {query}", file=sys.stderr)
    mean = {name: round(totals[name] / queries, 4) if queries else 0.0 for name in ("ndcg", "mrr", "recall")}
    print(f"{queries} queries, {1000 * seconds / max(queries, 1):.2f} ms each", file=sys.stderr)
    return {"ndcg@10": mean["ndcg"], "mrr@10": mean["mrr"], "recall@10": mean["recall"], "queries": queries}


class _NotKept(Exception):
    """Ends the transaction of a run so that nothing of it stays."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="quality.search", description="Score the shop's search.")
    parser.add_argument("--products", type=Path, required=True)
    parser.add_argument("--judgments", type=Path, required=True)
    parser.add_argument(
        "--database", default="", help="postgresql://… or sqlite:///…; default: a temporary SQLite file"
    )
    parser.add_argument("--details", action="store_true", help="one line for each query on standard error")
    options = parser.parse_args(arguments)
    try:
        products, judgments = read_products(options.products), read_judgments(options.judgments)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings",
            DULI_DATA_DIR=folder,
            DULI_DATABASE_URL=options.database,
            DULI_SECRET_KEY="quality",
        )
        result = _run(products, judgments, options.details)
    print(json.dumps(result))
    return 0


def _run(
    products: Sequence[Mapping[str, object]], judgments: Mapping[str, Mapping[str, int]], details: bool
) -> dict[str, float | int]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    for app in ("store", "search"):
        call_command("migrate", app, verbosity=0, stdout=sys.stderr)
    result: dict[str, float | int] = {}
    try:
        with transaction.atomic():
            result = evaluate(products, judgments, details=details)
            raise _NotKept
    except _NotKept:
        pass
    finally:
        connection.close()
    return result


if __name__ == "__main__":
    sys.exit(main())
