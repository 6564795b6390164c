"""What a kind of records has to say, and how columns find their fields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from duli.base.errors import DuliError
from duli.base.text import unguarded
from duli.commerce.exchange.reading import column_name
from duli.commerce.exchange.types import Row


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column may hold; `titles` are the headers it usually has, the surest first."""

    code: str
    label: str | Promise
    titles: tuple[str, ...] = ()
    required: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of one record. `before` is what it was (None: new), `after` the digest of what it is now."""

    object_id: int
    created: bool
    changed: bool
    before: dict[str, Any] | None = None
    after: str = ""
    notes: list[DuliError] = field(default_factory=list)


class Kind(Protocol):
    code: str
    fields: tuple[Field, ...]
    telling: frozenset[str]
    """Fields without which a file is not taken to be of this kind by itself."""

    def key(self, row: Mapping[str, str], number: int) -> str:
        """Return what rows of one record have in common; "" for a row that belongs to none."""
        ...

    def save(self, rows: Sequence[Row], actor: str, source: str) -> Outcome:
        """Write one record from its rows, whose cells are named by field. Raises DuliError."""
        ...

    def finish(self, object_ids: Sequence[int]) -> None:
        """Do what follows from a whole batch, in its transaction."""
        ...

    def revert(self, object_id: int, before: dict[str, Any] | None, after: str, actor: str) -> bool:
        """Make a record what it was; False if somebody has changed it since."""
        ...


def suggest(fields: Sequence[Field], titles: Sequence[str]) -> dict[str, str]:
    """Return {field: title} for the columns whose titles are known; each column is used once."""
    by_name: dict[str, str] = {}
    for title in titles:
        by_name.setdefault(column_name(title), title)
    found: dict[str, str] = {}
    used: set[str] = set()
    for entry in fields:
        for candidate in (*entry.titles, *labels_of(entry)):
            known = by_name.get(column_name(candidate))
            if known is not None and known not in used:
                found[entry.code] = known
                used.add(known)
                break
    return found


def labels_of(entry: Field) -> list[str]:
    """Return what the wizard calls the field, in each of its languages: people copy that into their tables."""
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append(str(entry.label))
    return found


def signature(titles: Sequence[str]) -> str:
    """Return the digest by which files with the same columns are known again, in whatever order."""
    names = sorted(filter(None, (column_name(title) for title in titles)))
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def named(row: Row, mapping: Mapping[str, str]) -> Row:
    """Return the row with its cells under the names of the fields, without a spreadsheet's apostrophes."""
    return Row(
        row.number,
        {code: unguarded(row.cells.get(column_name(title), "").strip()) for code, title in mapping.items()},
    )


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
