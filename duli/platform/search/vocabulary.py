"""The words of the index and how many documents have them: kept exact by `count`, read by queries."""

# ruff: noqa: S608 (only constants are joined into statements; every value is a parameter)
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from duli.platform.search.models import WORD_LENGTH
from duli.platform.search.spelling import keys_of

_HIGHEST = "\uffff"
# A planner without figures may take the partition, thousands of words, for the narrowest condition: hide it.
_PARTITION = "partition || '' = %s"
_COUNT = """
    INSERT INTO search_indexedterm (partition, term, documents, high, top, word, head) {rows}
    ON CONFLICT (partition, term) DO UPDATE SET
        documents = search_indexedterm.documents + EXCLUDED.documents,
        high = search_indexedterm.high + EXCLUDED.high,
        top = search_indexedterm.top + EXCLUDED.top,
        word = CASE WHEN search_indexedterm.word = '' THEN EXCLUDED.word ELSE search_indexedterm.word END,
        head = CASE WHEN search_indexedterm.word = '' THEN EXCLUDED.head ELSE search_indexedterm.head END
"""
_KEYS = "INSERT INTO search_wordkey (partition, key, term) {rows} ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the shop: its term, how it is written, and in how many documents it is."""

    term: str
    word: str
    documents: int


def _in(column: str, values: Collection[str]) -> tuple[str, list[Any]]:
    """Return the SQL for "column is one of values" and its parameters."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", [list(values)]
    return f"{column} IN ({', '.join(['%s'] * len(values))})", list(values)


def counts_of(partition: str, terms: Collection[str]) -> dict[str, tuple[int, int, int]]:
    """Return in how many documents each known term is: (at all, in high or top, in top). One statement.

    The empty term stands for all documents.
    """
    if not terms:
        return {}
    condition, values = _in("term", terms)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT term, documents, high, top FROM search_indexedterm WHERE {_PARTITION} AND {condition}",
            [partition, *values],
        )
        return {term: (documents, high, top) for term, documents, high, top in cursor.fetchall()}


def written(partition: str, terms: Collection[str]) -> dict[str, str]:
    """Return how words are written, for those of `terms` that are words: {"headphone": "headphones"}."""
    if not terms:
        return {}
    condition, values = _in("term", terms)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT term, word FROM search_indexedterm WHERE {_PARTITION} AND NOT (word = '') AND {condition}",
            [partition, *values],
        )
        return dict(cursor.fetchall())


def completions(partition: str, prefix: str, limit: int) -> list[Word]:
    """Return the words that begin with `prefix`, the most common first. One statement."""
    if len(prefix) == 1:
        condition, values = "partition = %s AND head = %s", [partition, prefix]
    else:
        condition, values = f"term > %s AND term < %s AND {_PARTITION}", [prefix, prefix + _HIGHEST, partition]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term, word, documents FROM search_indexedterm"
            f" WHERE {condition} AND NOT (word = '') AND documents > 0"
            " ORDER BY documents DESC, term LIMIT %s",
            [*values, limit],
        )
        return [Word(*row) for row in cursor.fetchall()]


def words_by_key(partition: str, keys: Collection[str]) -> dict[str, list[Word]]:
    """Return for each of `keys` the words reachable by it, the most common first. One statement."""
    found: dict[str, list[Word]] = {}
    if not keys:
        return found
    condition, values = _in("k.key", keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.key, t.term, t.word, t.documents FROM search_wordkey k"
            " JOIN search_indexedterm t ON t.partition = k.partition AND t.term = k.term"
            f" WHERE k.{_PARTITION} AND {condition} AND t.documents > 0"
            " ORDER BY t.documents DESC, t.term",
            [partition, *values],
        )
        for key, *word in cursor.fetchall():
            found.setdefault(key, []).append(Word(*word))
    return found


def words_by_key_prefix(partition: str, prefix: str, limit: int) -> list[Word]:
    """Return Chinese words whose pinyin or initials begin with `prefix`, the most common first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT t.term, t.word, t.documents FROM search_wordkey k"
            " JOIN search_indexedterm t ON t.partition = k.partition AND t.term = k.term"
            f" WHERE k.key >= %s AND k.key < %s AND k.{_PARTITION} AND t.term >= %s AND t.documents > 0"
            " ORDER BY t.documents DESC, t.term LIMIT %s",
            [prefix, prefix + _HIGHEST, partition, "\u3040", limit],
        )
        return [Word(*row) for row in cursor.fetchall()]


def count(partition: str, tally: Mapping[str, Sequence[int]], words: Mapping[str, str]) -> None:
    """Add a tally to the numbers of documents with each term, and learn the keys of new words.

    Rows are written in the order of their terms. Callers hold the index's lock.
    """
    changes = {term: change for term, change in tally.items() if any(change)}
    if not changes:
        return
    candidates = [term for term in changes if term in words]
    known = written(partition, candidates)
    ordered = sorted(changes)
    spelled = [words.get(term, "")[:WORD_LENGTH] for term in ordered]
    _write(
        _COUNT,
        ("text", "text", "int", "int", "int", "text", "text"),
        (
            [partition] * len(ordered),
            ordered,
            *([changes[term][place] for term in ordered] for place in range(3)),
            spelled,
            [word[:1] for word in spelled],
        ),
    )
    keys = sorted(
        {(key, term) for term in candidates if term not in known for key in keys_of(term) if len(key) <= WORD_LENGTH}
    )
    if keys:
        _write(
            _KEYS,
            ("text", "text", "text"),
            ([partition] * len(keys), [key for key, _ in keys], [term for _, term in keys]),
        )
    fewer = [term for term, change in changes.items() if change[0] < 0]
    if fewer:
        _forget(partition, fewer)


def _forget(partition: str, terms: Collection[str]) -> None:
    """Delete those of `terms` that no document has any more, with their keys."""
    condition, values = _in("term", terms)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM search_indexedterm WHERE {_PARTITION} AND documents <= 0 AND {condition}"
            " RETURNING term, word",
            [partition, *values],
        )
        gone = [term for term, word in cursor.fetchall() if word]
        keys = [(partition, key, term) for term in gone for key in sorted(keys_of(term))]
        if keys:
            cursor.executemany("DELETE FROM search_wordkey WHERE partition = %s AND key = %s AND term = %s", keys)


def _write(statement: str, types: Iterable[str], columns: tuple[list[Any], ...]) -> None:
    """Run an INSERT for many rows, given column by column."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in types)
            cursor.execute(statement.format(rows=f"SELECT * FROM unnest({arrays})"), list(columns))
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(statement.format(rows=f"VALUES ({places})"), list(zip(*columns, strict=True)))
