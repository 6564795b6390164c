"""What goes into the search index and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One thing to be found, in one language; (kind, object_id, language) names it.

    `keywords` are brand, category, tags and attribute values, one each; `body` is plain text;
    `codes` are SKUs, barcodes and model numbers, found whole or by their first four characters;
    `boost` (above 0, usually 0.5 to 2) multiplies the score.
    """

    kind: str
    object_id: int
    language: str
    title: str
    keywords: Sequence[str] = ()
    body: str = ""
    codes: Sequence[str] = ()
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody typed. Any text is allowed; only its first 200 characters count.

    `prefix` says that the last word may be unfinished. `offset` + `limit` reach at most the first
    600 results.
    """

    text: str
    kind: str
    language: str
    limit: int = 24
    offset: int = 0
    prefix: bool = True


@dataclass(frozen=True, slots=True)
class SearchHit:
    object_id: int
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first.

    `total` counts all results; when `total_is_exact` is false there are more than that.
    `corrections` are pairs (as typed, as searched) of words that the shop does not know.
    `relaxed` says that too few results have all the words, so results with most of them were added.
    """

    hits: tuple[SearchHit, ...] = ()
    total: int = 0
    total_is_exact: bool = True
    corrections: tuple[tuple[str, str], ...] = ()
    relaxed: bool = False

    @property
    def ids(self) -> list[int]:
        return [hit.object_id for hit in self.hits]
