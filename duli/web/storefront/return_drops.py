"""What the pages for sending things back, withdrawing, cancelling and moving an order show."""

from __future__ import annotations

from dataclasses import dataclass

from duli.web.storefront.drops import ImageDrop


@dataclass(frozen=True, slots=True)
class BackLineDrop:
    """A line that may come back: at most `units`; `chosen` is what was typed, `reason` a code."""

    id: int
    title: str
    variant: str
    image: ImageDrop | None
    units: int
    chosen: int
    reason: str


@dataclass(frozen=True, slots=True)
class BackDrop:
    """A form of two steps. `kind` is "return" or "withdrawal", `stage` "form", "confirm" or "done"."""

    kind: str
    stage: str
    url: str
    back: str
    order_number: str
    lines: tuple[BackLineDrop, ...]
    reasons: tuple[tuple[str, str], ...]
    name: str
    email: str
    note: str
    deadline: str
    error: str
    csrf: str
    key: str
    number: str = ""
    received: str = ""


@dataclass(frozen=True, slots=True)
class ReturnDrop:
    """A return as its buyer follows it."""

    number: str
    kind: str
    state: str
    requested: str
    answer: str
    lines: tuple[tuple[str, int], ...]
    label: str = ""
    """Where the label for the way back can be printed."""


@dataclass(frozen=True, slots=True)
class ActionsDrop:
    """What the buyer may do with the order now; an empty address: not that."""

    cancel: str
    address: str
    send_back: str
    withdraw: str
    withdraw_until: str
