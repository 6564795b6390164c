"""How near the shop is to the limits of tax law above which it has to register or charge other rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.orders.tax_report import distance_sales, state_sales
from duli.commerce.taxes.models import Registration
from duli.commerce.taxes.selectors import DISTANCE, limit, profile, registrations
from duli.commerce.taxes.supply import in_union
from duli.commerce.taxes.types import EUROPEAN_UNION

WARNS_AT = 80
"""From which percent of a limit somebody is told."""
NEXUS = "us_nexus"


@dataclass(frozen=True, slots=True)
class Counter:
    """How much of a limit is used up this year; `percent` may be above 100."""

    code: str
    region: str
    sold: Money
    most: Money
    orders: int | None = None
    is_registered: bool = False

    @property
    def percent(self) -> int:
        return self.sold.minor * 100 // self.most.minor if self.most.minor else 100

    @property
    def warns(self) -> bool:
        return self.percent >= WARNS_AT and not self.is_registered

    @property
    def step(self) -> int:
        """The last percentage that somebody is told of: 80, then 100."""
        return 100 if self.percent >= 100 else WARNS_AT


def counters() -> list[Counter]:
    """Return the limits the shop runs up to: distance sales within the EU, and sales to each US state.

    Who is registered there is told of nothing any more.
    """
    who, today = profile(), now().date()
    found: list[Counter] = []
    first = date(today.year, 1, 1)
    rows = [
        row for row in registrations() if row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
    ]
    most = limit(DISTANCE, today)
    has_oss = any(row.kind == Registration.Kind.OSS for row in rows)
    if in_union(who.country) and most is not None:
        sold = distance_sales(sorted(EUROPEAN_UNION - {who.country}), first)
        found.append(Counter(DISTANCE, "", Money(max(0, sold), "EUR"), most, is_registered=has_oss))
    if who.country:
        registered = {row.region for row in rows if row.kind == Registration.Kind.US_STATE}
        for region, (sold, orders) in sorted(state_sales("US", first).items()):
            own = limit(NEXUS, today, region)
            if own is None or region in registered or not region:
                continue
            counter = Counter(NEXUS, region, Money(sold, "USD"), own, orders)
            if counter.percent >= WARNS_AT // 4:
                found.append(counter)
    return found
