"""Providers' daily bills: fetched, kept, and compared with what the shop has recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.payments.configuration import enabled_configs, known
from duli.commerce.payments.gateway import (
    BillLine,
    GatewayRefused,
    GatewayUnavailable,
    IssuesBills,
    ReadsBills,
    gateways,
)
from duli.commerce.payments.selectors import movements_like, movements_of_day
from duli.commerce.payments.types import RecordedMovement
from duli.commerce.reconciliation import locks
from duli.commerce.reconciliation.comparing import (
    Difference,
    Known,
    Movement,
    differences_of_bill,
    missing_from_bills,
)
from duli.commerce.reconciliation.events import BillDiffers
from duli.commerce.reconciliation.models import BillDifference, BillMovement, ProviderBill
from duli.commerce.reconciliation.states import DifferenceKind, DifferenceState
from duli.platform.events.services import publish
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.seen import hold

# How many days back a bill that could not be had is asked for again.
LOOK_BACK_DAYS = 7


def bills_to_fetch() -> list[tuple[str, date, bool]]:
    """Return (gateway, day, test mode) of the bills of the last week that are not here yet, oldest first."""
    today = now().astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]
    wanted = [
        (config.code, day, config.test_mode)
        for config in enabled_configs()
        if isinstance(gateways.get(config.code), IssuesBills)
        for day in days
    ]
    here = set(ProviderBill.objects.filter(day__gte=days[0]).values_list("gateway", "day", "test_mode"))
    return [entry for entry in wanted if entry not in here]


def fetch_bill(*, gateway: str, day: date, test_mode: bool = False) -> ProviderBill:
    """Fetch one day's bill, keep its movements and compare them; again, the bill is read anew.

    What the shop has and no bill names is looked for once the bills of the day before and after are here too: days
    begin elsewhere at the provider. Calls the provider, so never inside a transaction. NotFound (no such gateway, or
    one without bills), InvalidInput (a day that is not over), GatewayUnavailable (not ready yet), GatewayRefused.
    """
    require_no_transaction()
    found, config = known(gateway, test_mode=test_mode) if gateway in gateways else (None, None)
    if not isinstance(found, IssuesBills) or config is None:
        raise NotFound()
    if day >= now().astimezone(UTC).date():
        raise InvalidInput(field="day")
    return _take_in(gateway, day, test_mode, list(found.bill(day, config)))


def bring_bill(*, gateway: str, content: bytes, test_mode: bool = False) -> ProviderBill:
    """Take in a bill that somebody downloaded at the provider, as `fetch_bill`; the file says which day it is of.

    NotFound (no such gateway, or one whose bills are fetched), UnreadableBill, InvalidInput (a day that is not over).
    """
    found, config = known(gateway, test_mode=test_mode) if gateway in gateways else (None, None)
    if not isinstance(found, ReadsBills) or config is None:
        raise NotFound()
    day, lines = found.read_bill(content, config)
    if day >= now().astimezone(UTC).date() + timedelta(days=1):
        raise InvalidInput(field="day")
    return _take_in(gateway, day, test_mode, lines)


def brings_bills() -> list[str]:
    """Return the gateways in use whose bills are brought as files."""
    return [config.code for config in enabled_configs() if isinstance(gateways.get(config.code), ReadsBills)]


def _take_in(gateway: str, day: date, test_mode: bool, lines: list[BillLine]) -> ProviderBill:
    with transaction.atomic():
        hold(f"bills:{gateway}:{test_mode}")
        bill, _made = ProviderBill.objects.update_or_create(
            gateway=gateway, day=day, test_mode=test_mode, defaults={"fetched_at": now(), "movements_count": len(lines)}
        )
        bill.movements.all().delete()
        BillMovement.objects.bulk_create([_row(bill, line) for line in lines], batch_size=500)
        _compare(bill)
        for other in (day - timedelta(days=1), day, day + timedelta(days=1)):
            _look_for_missing(gateway, other, test_mode)
    return bill


def _row(bill: ProviderBill, line: BillLine) -> BillMovement:
    return BillMovement(
        bill=bill,
        kind=line.kind,
        token=line.token[:64],
        transaction_id=line.transaction_id[:255],
        amount_minor=line.amount.minor,
        currency=line.amount.currency,
        fee_minor=line.fee.minor if line.fee else 0,
        fee_currency=line.fee.currency if line.fee else "",
    )


def _theirs(rows: Iterable[BillMovement]) -> list[Movement]:
    return [Movement(row.kind, row.token, row.transaction_id, Money(row.amount_minor, row.currency)) for row in rows]


def _ours(rows: Iterable[RecordedMovement]) -> list[Movement]:
    return [Movement(row.kind, row.token, row.transaction_id, row.amount, row.reference, row.label) for row in rows]


def _compare(bill: ProviderBill) -> None:
    theirs = _theirs(bill.movements.all())
    ours = movements_like(
        gateway=bill.gateway,
        test_mode=bill.test_mode,
        names=[name for entry in theirs for name in (entry.transaction_id, entry.token) if name],
    )
    found = differences_of_bill(theirs, Known(_ours(ours)))
    _keep(bill, found, kinds=[DifferenceKind.MISSING_HERE, DifferenceKind.AMOUNT])


def _look_for_missing(gateway: str, day: date, test_mode: bool) -> None:
    around = [day - timedelta(days=1), day, day + timedelta(days=1)]
    bills = {
        bill.day: bill for bill in ProviderBill.objects.filter(gateway=gateway, test_mode=test_mode, day__in=around)
    }
    if len(bills) < len(around):
        return
    begin = datetime.combine(day, time(), UTC)
    ours = movements_of_day(gateway=gateway, test_mode=test_mode, begin=begin, end=begin + timedelta(days=1))
    theirs = Known(_theirs(BillMovement.objects.filter(bill__in=bills.values())))
    _keep(bills[day], missing_from_bills(_ours(ours), theirs), kinds=[DifferenceKind.MISSING_THERE])


def _keep(bill: ProviderBill, found: Iterable[Difference], *, kinds: list[DifferenceKind]) -> None:
    """Write the differences of these kinds; what is open and not found any more goes, what was explained stays."""
    known = {row.key: row for row in bill.differences.filter(kind__in=kinds)}
    added, kept = 0, set()
    for difference in found:
        kept.add(difference.key)
        if difference.key in known:
            continue
        theirs, ours = difference.theirs, difference.ours
        _row_made, made = BillDifference.objects.get_or_create(
            bill=bill,
            key=difference.key[:280],
            defaults={
                "kind": difference.kind,
                "movement_kind": (theirs or ours).kind,  # type: ignore[union-attr]
                "transaction_id": (theirs or ours).transaction_id,  # type: ignore[union-attr]
                "token": (theirs or ours).token,  # type: ignore[union-attr]
                "theirs_minor": theirs.amount.minor if theirs else None,
                "theirs_currency": theirs.amount.currency if theirs else "",
                "ours_minor": ours.amount.minor if ours else None,
                "ours_currency": ours.amount.currency if ours else "",
                "reference": ours.reference if ours else "",
                "label": ours.label if ours else "",
            },
        )
        added += made
    gone = [row.pk for key, row in known.items() if key not in kept and row.state == DifferenceState.OPEN]
    BillDifference.objects.filter(pk__in=gone).delete()
    if added:
        publish(
            BillDiffers(bill.pk, bill.gateway, bill.day.isoformat(), added), reference=f"bill:{bill.pk}", actor="system"
        )


@transaction.atomic
def explain_difference(*, difference_id: int, note: str, actor: str) -> BillDifference:
    """Say in words why a difference is none; again with the same words changes nothing. NotFound, InvalidInput."""
    row = locks.lock_difference(difference_id)
    words = one_line(note, 500)
    if not words:
        raise InvalidInput(field="note")
    if row.state != DifferenceState.EXPLAINED or row.note != words:
        row.state, row.note, row.actor, row.explained_at = DifferenceState.EXPLAINED, words, actor, now()
        row.save(update_fields=["state", "note", "actor", "explained_at"])
    return row


@transaction.atomic
def reopen_difference(*, difference_id: int, actor: str) -> BillDifference:
    """Take the explanation back. NotFound."""
    row = locks.lock_difference(difference_id)
    if row.state == DifferenceState.EXPLAINED:
        row.state, row.actor, row.explained_at = DifferenceState.OPEN, actor, None
        row.save(update_fields=["state", "actor", "explained_at"])
    return row


def fetch_due() -> int:
    """Fetch every bill that is due; one that is not ready is asked for again an hour later. Returns how many came."""
    fetched = 0
    for gateway, day, test_mode in bills_to_fetch():
        try:
            fetch_bill(gateway=gateway, day=day, test_mode=test_mode)
        except (GatewayUnavailable, GatewayRefused):
            continue
        fetched += 1
    return fetched
