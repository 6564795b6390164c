"""Bills of payment providers as the desk reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, Sum

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.reconciliation.models import BillDifference, BillMovement, ProviderBill
from duli.commerce.reconciliation.states import DifferenceState

MOST_MOVEMENTS = 500
"""A page shows no more of a day's movements; the sums are of all."""


@dataclass(frozen=True, slots=True)
class BillView:
    """One day at one provider. `came`, `went` and `fees` are sums by currency."""

    id: int
    gateway: str
    day: date
    test_mode: bool
    fetched_at: datetime
    movements: int
    open_differences: int
    explained: int
    came: Sequence[Money]
    went: Sequence[Money]
    fees: Sequence[Money]


def bills(*, only_open: bool = False, after: str = "", limit: int = 50) -> tuple[list[BillView], str]:
    """Return bills, newest day first, from the cursor `after` on, and the next cursor (three queries)."""
    rows = ProviderBill.objects.annotate(
        open_differences=Count("differences", filter=Q(differences__state=DifferenceState.OPEN)),
        explained=Count("differences", filter=Q(differences__state=DifferenceState.EXPLAINED)),
    )
    if only_open:
        rows = rows.filter(open_differences__gt=0)
    day, _bar, key = after.partition("|")
    try:
        rows = rows.filter(Q(day__lt=date.fromisoformat(day)) | Q(day=day, pk__lt=int(key))) if after else rows
    except (ValueError, OverflowError):
        return [], ""
    found = list(rows.order_by("-day", "-pk")[: limit + 1])
    more = f"{found[limit - 1].day.isoformat()}|{found[limit - 1].pk}" if len(found) > limit else ""
    return _views(found[:limit]), more


def _views(rows: Sequence[ProviderBill]) -> list[BillView]:
    movements = BillMovement.objects.filter(bill__in=rows).order_by()
    sums: dict[tuple[int, str], list[Money]] = {}
    for bill, kind, currency, minor in movements.values_list("bill_id", "kind", "currency").annotate(
        minor=Sum("amount_minor")
    ):
        sums.setdefault((bill, kind), []).append(Money(minor, currency))
    for bill, currency, minor in (
        movements.exclude(fee_currency="").values_list("bill_id", "fee_currency").annotate(minor=Sum("fee_minor"))
    ):
        sums.setdefault((bill, "fee"), []).append(Money(minor, currency))
    return [
        BillView(
            id=row.pk,
            gateway=row.gateway,
            day=row.day,
            test_mode=row.test_mode,
            fetched_at=row.fetched_at,
            movements=row.movements_count,
            open_differences=row.open_differences,  # type: ignore[attr-defined]
            explained=row.explained,  # type: ignore[attr-defined]
            came=sums.get((row.pk, "captured"), ()),
            went=sums.get((row.pk, "refunded"), ()),
            fees=sums.get((row.pk, "fee"), ()),
        )
        for row in rows
    ]


def bill_on_page(bill_id: int) -> tuple[BillView, list[BillDifference], list[BillMovement]]:
    """Return a bill, its differences (open ones first) and its first movements (five queries). NotFound."""
    row = (
        ProviderBill.objects.annotate(
            open_differences=Count("differences", filter=Q(differences__state=DifferenceState.OPEN)),
            explained=Count("differences", filter=Q(differences__state=DifferenceState.EXPLAINED)),
        )
        .filter(pk=bill_id)
        .first()
    )
    if row is None:
        raise NotFound()
    differences = sorted(row.differences.all(), key=lambda entry: (entry.state != DifferenceState.OPEN, entry.pk))
    return _views([row])[0], differences, list(row.movements.all()[:MOST_MOVEMENTS])


def difference(difference_id: int) -> BillDifference:
    """Return a difference with its bill. NotFound."""
    row = BillDifference.objects.select_related("bill").filter(pk=difference_id).first()
    if row is None:
        raise NotFound()
    return row
