"""Answers kept in the process until the index changes: popular searches, and every filter and page of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.db import connection

from duli.platform.search.plan import tidy
from duli.platform.search.types import SearchQuery, SearchResult
from duli.platform.store.changes import ChangeCache, mark

TOPIC = "search"
# An answer with 500 hits takes some 50 kB.
_found: ChangeCache[SearchResult] = ChangeCache(100)


def result(query: SearchQuery, find: Callable[[SearchQuery], SearchResult]) -> SearchResult:
    """Return the kept answer, or `find` and keep it; what is only written differently is one query.

    Nothing is kept inside a transaction, which may see what is never committed.
    """
    query = replace(query, text=tidy(query.text))
    if connection.in_atomic_block:
        return find(query)
    return _found.get_or_make(query, lambda: find(query), [TOPIC])


def forget() -> None:
    """Let every process forget its answers when the caller's transaction commits."""
    mark(TOPIC)
