"""Typed registries, filled from entry points (group ``duli.plugins``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Named implementations of one protocol; `name` says what is registered, for error messages."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def register(self, code: str, entry: T) -> T:
        """Add `entry` under `code`; the same code twice is a programming error (ValueError)."""
        if code in self._entries and self._entries[code] is not entry:
            raise ValueError(f"{self.name} {code!r} is registered twice")
        self._entries[code] = entry
        return entry

    def get(self, code: str) -> T:
        """Return the entry, or raise LookupError naming what is known."""
        try:
            return self._entries[code]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise LookupError(f"no {self.name} {code!r} (known: {known})") from None

    def __contains__(self, code: str) -> bool:
        return code in self._entries

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter(sorted(self._entries.items()))
