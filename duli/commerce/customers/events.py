"""What can happen to a customer. Published with reference ``customer:<id>``; they say ids and numbers, never names."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("customers.changed")
@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """`fields` are the names of what was changed, or of what is known of a new customer."""

    customer_id: int
    fields: tuple[str, ...]
    is_new: bool = False


@event("customers.noted")
@dataclass(frozen=True, slots=True)
class CustomerNoted:
    customer_id: int
    note_id: int


@event("customers.consent")
@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """`given` is false when somebody took it back."""

    customer_id: int
    record_id: int
    channel: str
    given: bool


@event("customers.merged")
@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """`customer_id` stays, `alias_id` is another name of it from now on; `moved` counts what moved, by room."""

    customer_id: int
    alias_id: int
    moved: dict[str, int]


@event("customers.exported")
@dataclass(frozen=True, slots=True)
class DataExported:
    customer_id: int
    request_id: int


@event("customers.erased")
@dataclass(frozen=True, slots=True)
class CustomerErased:
    customer_id: int
    request_id: int
