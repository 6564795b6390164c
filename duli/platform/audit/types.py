from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What narrows the log; empty values narrow nothing. `first` (inclusive) and `until` (exclusive) in UTC."""

    query: str = ""
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
