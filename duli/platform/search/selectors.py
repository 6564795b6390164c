"""Named reads of the search index."""

from __future__ import annotations

from duli.platform.search.index import search_index
from duli.platform.search.results import result
from duli.platform.search.types import SearchQuery, SearchResult


def search(query: SearchQuery) -> SearchResult:
    """Return the best ids for what somebody typed; any text is fine. At most nine statements, none if asked before."""
    return result(query, search_index().query)


def suggest(prefix: str, *, kind: str, language: str, limit: int = 8) -> list[str]:
    """Return phrases that continue what somebody is typing and that the shop has, the most common first."""
    return search_index().suggest(prefix, kind=kind, language=language, limit=limit)
