"""The port of the text index, and what its database adapters share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection

from duli.platform.search import vocabulary
from duli.platform.search.entry import Entry, Tally, entry, partition
from duli.platform.search.models import IndexedDocument, IndexedTerm, WordKey
from duli.platform.search.types import SearchDocument, SearchQuery, SearchResult

_COLUMNS = ("partition", "plain", "top", "high", "middle", "low", "levels", "boost")

# A requirement: documents must have one of the alternatives, each of which is several terms together.
Requirement = tuple[tuple[str, ...], ...]
# How much the terms that meet a requirement must at least say: see `entry.TIERS`.
ANY, MIDDLE, HIGH, TOP = range(4)


@dataclass(frozen=True, slots=True)
class Row:
    """What the scorer reads of one candidate."""

    object_id: int
    plain: str
    terms: str
    levels: str
    boost: float


class SearchIndex(Protocol):
    """A text index. Writing joins the caller's transaction; reading sees what is committed or own."""

    def put(self, documents: Sequence[SearchDocument]) -> int: ...

    def delete(self, kind: str, object_ids: Collection[int], *, language: str = "") -> int: ...

    def query(self, query: SearchQuery) -> SearchResult: ...

    def suggest(self, prefix: str, *, kind: str, language: str, limit: int) -> list[str]: ...

    def clear(self) -> None: ...


class DatabaseIndex(ABC):
    """A `SearchIndex` in the shop's own database; adapters say how to find candidates in it."""

    def put(self, documents: Sequence[SearchDocument]) -> int:
        """Index or replace documents; return how many changed."""
        self.lock()
        latest = {(document.kind, document.language, document.object_id): document for document in documents}
        groups: dict[tuple[str, str], list[SearchDocument]] = {}
        for document in latest.values():
            groups.setdefault((document.kind, document.language), []).append(document)
        changed = sum(self._put(kind, language, group) for (kind, language), group in sorted(groups.items()))
        if changed > 50:
            self.settle()
        return changed

    def _put(self, kind: str, language: str, documents: Sequence[SearchDocument]) -> int:
        code = partition(kind, language)
        before = {
            row.object_id: row
            for row in IndexedDocument.objects.filter(
                kind=kind, language=language, object_id__in=[document.object_id for document in documents]
            )
        }
        changes = Tally()
        words: dict[str, str] = {}
        rows = []
        for document in documents:
            made = entry(document)
            old = before.get(document.object_id)
            if old is not None and _same(old, made):
                continue
            if old is not None:
                changes.add((old.top, old.high, old.middle, old.low), -1)
            changes.add((made.top, made.high, made.middle, made.low), 1)
            words.update(made.words)
            rows.append(
                IndexedDocument(
                    partition=code,
                    kind=kind,
                    object_id=document.object_id,
                    language=language,
                    plain=made.plain,
                    top=made.top,
                    high=made.high,
                    middle=made.middle,
                    low=made.low,
                    levels=made.levels,
                    boost=made.boost,
                )
            )
        IndexedDocument.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["kind", "language", "object_id"],
            update_fields=_COLUMNS,
        )
        vocabulary.count(code, changes, words)
        return len(rows)

    def delete(self, kind: str, object_ids: Collection[int], *, language: str = "") -> int:
        """Remove objects in `language`, or in every language; return how many documents went."""
        self.lock()
        changes: dict[str, Tally] = {}
        rows = IndexedDocument.objects.filter(kind=kind, object_id__in=list(object_ids))
        if language:
            rows = rows.filter(language=language)
        for code, *tiers in rows.values_list("partition", "top", "high", "middle", "low"):
            changes.setdefault(code, Tally()).add(tiers, -1)
        deleted, _ = rows.delete()
        for code, tally in sorted(changes.items()):
            vocabulary.count(code, tally, {})
        return deleted

    def clear(self) -> None:
        """Empty the index."""
        self.lock()
        IndexedDocument.objects.all().delete()
        IndexedTerm.objects.all().delete()
        WordKey.objects.all().delete()

    def query(self, query: SearchQuery) -> SearchResult:
        from duli.platform.search.find import find

        return find(self, query)

    def suggest(self, prefix: str, *, kind: str, language: str, limit: int) -> list[str]:
        from duli.platform.search.suggest import suggest

        return suggest(self, prefix, kind=kind, language=language, limit=limit)

    # What an adapter provides.

    @abstractmethod
    def lock(self) -> None:
        """Make other writers of the index wait until this transaction ends."""

    @abstractmethod
    def settle(self) -> None:
        """Bring the text index into its quick shape after many changes."""

    @abstractmethod
    def candidates(self, code: str, requirements: Sequence[Requirement], *, level: int, limit: int) -> list[Row]:
        """Return up to `limit` documents that meet all requirements with terms of at least `level`."""

    @abstractmethod
    def total(self, code: str, requirements: Sequence[Requirement], *, limit: int) -> int:
        """Count the documents that meet all requirements, up to `limit`."""

    @abstractmethod
    def covering(self, code: str, weights: Iterable[tuple[str, float]], *, limit: int) -> list[Row]:
        """Return up to `limit` documents, those first whose terms have the greatest sum of weights."""

    @abstractmethod
    def by_code(self, code: str, squashed: str, *, prefix: bool, limit: int) -> list[Row]:
        """Return documents with the SKU or barcode `squashed`, or one that begins with it."""


def _same(old: IndexedDocument, made: Entry) -> bool:
    return all(getattr(old, column) == getattr(made, column) for column in _COLUMNS if column != "partition")


def search_index() -> DatabaseIndex:
    """Return the adapter of the database in use."""
    if connection.vendor == "postgresql":
        from duli.platform.search.postgresql import PostgreSQLIndex

        return PostgreSQLIndex()
    from duli.platform.search.sqlite import SQLiteIndex

    return SQLiteIndex()
