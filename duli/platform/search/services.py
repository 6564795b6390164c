"""The only writers of the search index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from django.db import transaction

from duli.platform.search.index import search_index
from duli.platform.search.models import IndexedDocument
from duli.platform.search.results import forget
from duli.platform.search.types import SearchDocument

BATCH = 500


@transaction.atomic
def index(*, documents: Sequence[SearchDocument]) -> int:
    """Index documents, replacing what is known under the same (kind, object_id, language).

    Part of the caller's transaction. Unchanged documents cost one read. On PostgreSQL writers of the index
    wait for each other until they commit, so call this last in a transaction. Returns how many changed.
    """
    return _counted(search_index().put(documents))


@transaction.atomic
def remove(*, kind: str, ids: Collection[int], language: str = "") -> int:
    """Take objects out of the index, in one language or all; return how many documents went."""
    return _counted(search_index().delete(kind, ids, language=language))


def _counted(changed: int) -> int:
    if changed:
        forget()
    return changed


def rebuild(*, kind: str, documents: Iterable[SearchDocument]) -> int:
    """Make the index of `kind` hold exactly `documents`; return how many changed or went.

    Works in batches of 500, each its own transaction, so that other writers never wait long and search
    keeps answering. After an interruption it may simply be run again.
    """
    changed = 0
    kept: dict[str, set[int]] = {}
    stream = iter(documents)
    while batch := list(islice(stream, BATCH)):
        for document in batch:
            kept.setdefault(document.language, set()).add(document.object_id)
        changed += index(documents=batch)
    stale: dict[str, list[int]] = {}
    known = IndexedDocument.objects.filter(kind=kind).values_list("language", "object_id")
    for language, object_id in known.iterator(chunk_size=2_000):
        if object_id not in kept.get(language, ()):
            stale.setdefault(language, []).append(object_id)
    for language, ids in stale.items():
        for start in range(0, len(ids), BATCH):
            changed += remove(kind=kind, ids=ids[start : start + BATCH], language=language)
    with transaction.atomic():
        search_index().settle()
    return changed
