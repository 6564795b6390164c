"""An address of the back office, and who may open it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

OPEN = ""
"""No permission but being staff."""


@dataclass(frozen=True)
class Address:
    """`see` opens it with GET (None: it only takes POST), `act` is needed for POST (None: it takes no POST)."""

    name: str
    see: str | None = OPEN
    act: str | None = None
    arguments: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    """What it answers to somebody who may open it."""
