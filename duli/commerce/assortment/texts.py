from __future__ import annotations

from collections.abc import Iterable, Mapping

from duli.platform.store.models import Translation
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store

Found = dict[tuple[str, int], dict[str, str]]

_texts = Prepared(
    lambda language, kinds, ids: Translation.objects.filter(
        language=language, kind__in=kinds, object_id__in=ids
    ).values_list("kind", "object_id", "field", "value")
)


def translated(things: Mapping[str, Iterable[int]], language: str) -> Found:
    """Return ``{(kind, id): {field: text}}`` of things of several kinds in one statement.

    Empty, without a statement, for the store's own language.
    """
    if language == current_store().default_language:
        return {}
    wanted = {kind: set(ids) for kind, ids in things.items()}
    kinds = [kind for kind, ids in wanted.items() if ids]
    if not kinds:
        return {}
    found: Found = {}
    # Kinds and ids apart, so that the statement has one shape: what has the id of a thing of another kind is left out.
    for kind, object_id, field, value in _texts.rows(language, kinds, sorted(set().union(*wanted.values()))):
        if object_id in wanted[kind]:
            found.setdefault((kind, object_id), {})[field] = value
    return found
