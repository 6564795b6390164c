from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from duli.platform.store.models import Translation
from duli.platform.store.selectors import current_store

Found = dict[tuple[str, int], dict[str, str]]


def translated(things: Mapping[str, Iterable[int]], language: str) -> Found:
    """Return ``{(kind, id): {field: text}}`` of things of several kinds in one statement.

    Empty, without a statement, for the store's own language.
    """
    if language == current_store().default_language:
        return {}
    condition = Q()
    for kind, ids in things.items():
        wanted = list(ids)
        if wanted:
            condition |= Q(kind=kind, object_id__in=wanted)
    if not condition:
        return {}
    found: Found = {}
    rows = Translation.objects.filter(condition, language=language)
    for kind, object_id, field, value in rows.values_list("kind", "object_id", "field", "value"):
        found.setdefault((kind, object_id), {})[field] = value
    return found
