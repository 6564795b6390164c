"""Rooms that keep something of a customer, as data: what they hand out, forget, and move when two become one.

A room above this one writes a `holders.py` with a class like `Holder` and calls `holders.register` there; the
module is imported at the start. A room that keeps something of a person and is not registered here is a leak, so
the test of erasure looks through the whole database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from duli.base.registry import Registry

Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is meant: the customer with all its aliases, and every string that names the person.

    `emails` and `phones` are those the person certainly has: an account's unproved address is not among them.
    """

    customer_ids: tuple[int, ...]
    user_id: int | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[str, ...] = ()
    """Streets and house numbers."""

    @property
    def strings(self) -> tuple[str, ...]:
        """Everything by which the person is recognised, the longest first; too short ones would hit others."""
        phones = [digits for phone in self.phones for digits in (phone, phone.removeprefix("+86"))]
        found = {text for text in (*self.emails, *phones, *self.names, *self.places) if len(text.strip()) > 1}
        return tuple(sorted(found, key=len, reverse=True))


class Holder(Protocol):
    def export(self, person: Person) -> Mapping[str, Rows]:
        """Return what this room knows of the person, as tables by name; values are plain."""
        ...

    def erase(self, person: Person) -> int:
        """Forget the person, in the caller's transaction; return how many rows were changed or went."""
        ...

    def move(self, from_id: int, to_id: int) -> int:
        """Hand everything of one customer to another, in the caller's transaction; return how many rows moved."""
        ...

    def count(self, customer_id: int) -> int:
        """Return how many rows `move` would move."""
        ...

    def check_erasable(self, person: Person) -> None:
        """Raise a DuliError if the person cannot be forgotten yet: a parcel still has to find its way."""
        ...


holders: Registry[Holder] = Registry("holder of personal data")

ERASED = "[…]"


def scrubbed(value: Any, strings: Sequence[str]) -> Any:
    """Return a JSON value with each of `strings` taken out of every text in it, whatever their case."""
    if isinstance(value, str):
        return _without(value, strings)
    if isinstance(value, Mapping):
        return {key: scrubbed(entry, strings) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrubbed(entry, strings) for entry in value]
    return value


def _without(text: str, strings: Sequence[str]) -> str:
    for string in strings:
        start = text.lower().find(string.lower())
        while start >= 0:
            text = text[:start] + ERASED + text[start + len(string) :]
            start = text.lower().find(string.lower(), start + len(ERASED))
    return text
