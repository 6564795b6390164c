from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money
from duli.commerce.membership.rules import ProgramRules


def _(message: str) -> str:
    return message


class NotEnoughPoints(Conflict):
    """More was to be spent or taken than there is."""

    code = "not_enough_points"
    message = _("Only %(points)s points are there now. Please look at the total again.")


class TierInUse(Conflict):
    """A promotion or member still names the tier."""

    code = "tier_in_use"
    message = _("Members are in this tier. Give its place to another one first, or let them lose it.")


class NoMember(DuliError):
    """Points and tiers are for accounts."""

    code = "no_member"
    message = _("This customer has no account, and so neither tier nor points.")
    status = 409


@dataclass(frozen=True, slots=True)
class TierView:
    """`name` and `benefits` in the reader's language; `threshold` in minor units of the store's currency, or orders."""

    id: int
    name: str
    threshold: int
    points_percent: int
    benefits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TierDraft:
    name: str
    threshold: int
    points_percent: int = 100
    names: Mapping[str, str] | None = None
    benefits: str = ""
    benefits_by_language: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Because:
    """A promotion or a tier, by its name, that makes `percent` per cent of the points that goods earn."""

    name: str
    percent: int


@dataclass(frozen=True, slots=True)
class PointsOffer:
    """What a cart's buyer may spend, and what it earns. `chosen` came off by `chosen_worth`; `most` could."""

    available: int
    most: int
    most_worth: Money
    least: int
    chosen: int
    chosen_worth: Money
    earns: int
    is_member: bool = True
    because: tuple[Because, ...] = ()
    """Why it earns more than the rate says."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One line of somebody's history of points."""

    id: int
    kind: str
    change: int
    owed: int
    reference: str
    note: str
    actor: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """So many points run out then."""

    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer is in the program. `missing` is what is left to `next_tier`, in the measure's units."""

    customer_id: int
    tier: TierView | None
    next_tier: TierView | None
    measure: str
    window_days: int
    value: int
    missing: int
    progress: int
    """Of the way to the next tier, in percent."""
    kept_until: datetime | None
    set_by_hand: bool
    leaves_at: datetime | None
    """When the tier is lost unless something is bought; None where it is not in danger."""
    available: int
    pending: int
    owed: int
    endings: tuple[Ending, ...]
    program: ProgramRules
