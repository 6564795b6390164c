"""What points come to, as pure functions. Points are whole; money is in minor units of the store's own currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

MOST_POINTS = 10**12


@dataclass(frozen=True, slots=True)
class EarnRule:
    """`points` for every `minor` that is paid, times `percent` of a hundred; `bonus` once, while anything is kept."""

    points: int
    minor: int
    percent: int = 100
    bonus: int = 0
    rounding: str = "down"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EarnRule:
        return cls(**data)


def earned(paid_minor: int, rule: EarnRule) -> int:
    """Return the points for goods that were paid with so much; none for nothing."""
    if paid_minor <= 0:
        return 0
    whole, below = paid_minor * rule.points * rule.percent, rule.minor * 100
    if rule.rounding == "up":
        points = -(-whole // below)
    elif rule.rounding == "nearest":
        points = (2 * whole + below) // (2 * below)
    else:
        points = whole // below
    return min(MOST_POINTS, points + rule.bonus)


def worth(points: int, worth_points: int, worth_minor: int) -> int:
    """Return what points take off, never more than they are worth."""
    return points * worth_minor // worth_points


def needed(minor: int, worth_points: int, worth_minor: int) -> int:
    """Return the fewest points that are worth `minor`."""
    return -(-minor * worth_points // worth_minor)


def spendable(wanted: int, available: int, most_minor: int, worth_points: int, worth_minor: int) -> tuple[int, int]:
    """Return (points, what they take off): as many as are wanted, there, and allowed, and none that buys nothing."""
    points = max(0, min(wanted, available))
    minor = min(worth(points, worth_points, worth_minor), max(0, most_minor))
    return (needed(minor, worth_points, worth_minor), minor) if minor else (0, 0)


def kept_back(points: int, goods_minor: int, kept_minor: int) -> int:
    """Return how many of the points an order spent stay spent while `kept_minor` of its goods are kept.

    All of them while everything is kept, none once nothing is; in between rounded up, so that the last unit that goes
    back brings exactly the rest.
    """
    if goods_minor <= 0:
        return points if kept_minor > 0 else 0
    return -(-points * min(kept_minor, goods_minor) // goods_minor)


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day so many months later, or that month's last one."""
    from calendar import monthrange

    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class ProgramRules:
    """The program as everybody reads it; see `models.Program`."""

    has_tiers: bool = False
    measure: str = "spent"
    window_days: int = 365
    grace_days: int = 30
    has_points: bool = False
    earn_points: int = 1
    earn_minor: int = 100
    rounding: str = "down"
    order_points: int = 0
    welcome_points: int = 0
    birthday_points: int = 0
    ready_from: str = "paid"
    ready_days: int = 14
    expiry_months: int = 12
    notice_days: int = 30
    worth_points: int = 100
    worth_minor: int = 100
    most_percent: int = 50
    least_points: int = 0
    boost_percent: int = 100
    boost_from: datetime | None = None
    boost_until: datetime | None = None

    def boost_at(self, moment: datetime) -> int:
        """Return the percent that points are multiplied with at a moment."""
        never, ever = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
        if self.boost_from is None and self.boost_until is None:
            return 100
        is_on = (self.boost_from or ever) <= moment < (self.boost_until or never)
        return self.boost_percent if is_on else 100

    def rule_for(self, tier_percent: int, moment: datetime) -> EarnRule:
        """Return by what an order earns that is paid then by somebody of a tier."""
        return EarnRule(
            points=self.earn_points,
            minor=self.earn_minor,
            percent=tier_percent * self.boost_at(moment) // 100,
            bonus=self.order_points,
            rounding=self.rounding,
        )

    def expiry_of(self, moment: datetime) -> datetime | None:
        """Return when points run out that came then."""
        return months_later(moment, self.expiry_months) if self.expiry_months else None
