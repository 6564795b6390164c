"""Texts in languages other than the store's own: rows, so that a merchant adds a language at run time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from duli.platform.store.models import Translation

Texts = dict[int, dict[str, str]]


def texts(kind: str, ids: Iterable[int], language: str) -> Texts:
    """Return ``{object id: {field: text}}`` in one query; ids without texts are absent."""
    found: Texts = {}
    rows = Translation.objects.filter(kind=kind, object_id__in=list(ids), language=language)
    for object_id, field, value in rows.values_list("object_id", "field", "value"):
        found.setdefault(object_id, {})[field] = value
    return found


@transaction.atomic
def save_texts(*, kind: str, object_id: int, language: str, values: Mapping[str, str]) -> None:
    """Store the given texts; an empty one removes its row, so that the store's language shows again."""
    removed = [field for field, value in values.items() if not value]
    if removed:
        Translation.objects.filter(kind=kind, object_id=object_id, language=language, field__in=removed).delete()
    Translation.objects.bulk_create(
        [
            Translation(kind=kind, object_id=object_id, language=language, field=field, value=value)
            for field, value in values.items()
            if value
        ],
        update_conflicts=True,
        unique_fields=["kind", "object_id", "language", "field"],
        update_fields=["value"],
    )


def delete_texts(*, kind: str, ids: Iterable[int]) -> None:
    """Remove every text of the given things, in all languages."""
    Translation.objects.filter(kind=kind, object_id__in=list(ids)).delete()
