from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditWords:
    """What a word that somebody searches for stands for, in their language: any of these finds an entry, too."""

    actors: Collection[str] = ()
    areas: Collection[str] = ()
    actions: Collection[str] = ()
    fields: Collection[str] = ()
    labels: Collection[str] = ()
    """Codes that a label may hold."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What narrows the log; empty values narrow nothing. `first` (inclusive) and `until` (exclusive) in UTC.

    `query` is found in what was changed (its name, its reference, the values before and after) and in the request;
    `words` says what else it means.
    """

    query: str = ""
    words: AuditWords = AuditWords()
    area: str = ""
    actor: str = ""
    reference: str = ""
    first: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditView:
    """One entry; `changes` maps a field to what it was and what it became."""

    id: int
    area: str
    action: str
    reference: str
    label: str
    changes: Mapping[str, tuple[Any, Any]]
    actor: str
    request_id: str
    address: str
    happened_at: datetime
