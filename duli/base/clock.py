"""The one source of "now", so that a test or a simulation can move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """Return the present instant, timezone-aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(instant: datetime) -> Iterator[datetime]:
    """Let `now()` answer `instant` (timezone-aware) inside the block, in this thread or task."""
    if instant.tzinfo is None:
        raise ValueError("a frozen clock needs a timezone-aware instant")
    token = _frozen.set(instant)
    try:
        yield instant
    finally:
        _frozen.reset(token)
