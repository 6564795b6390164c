"""Setting numbers right that do not agree with each other."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Sum

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.inventory import jobs, locks
from duli.commerce.inventory.models import Reservation, StockCheck, StockLevel, StockMovement
from duli.commerce.inventory.selectors import incoming_by_papers, integrity
from duli.commerce.inventory.services.ledger import LevelChange, record
from duli.commerce.inventory.types import BelowReserved

OPEN_STATES = (Reservation.State.HELD, Reservation.State.ALLOCATED)


@transaction.atomic
def repair_level(*, level_id: int, trust: str, actor: str) -> None:
    """Make a level, its ledger and its reservations agree again; one ledger row says what was set right.

    What is held is always what the open reservations say. For what is on hand, `trust` is "count" (the number stands,
    the ledger gets the missing units) or "ledger" (the number becomes what the ledger adds up to). A level that
    agrees is left alone. Raises InvalidInput, NotFound, and BelowReserved (the ledger's number would not cover what
    is held: count the goods instead).
    """
    if trust not in {"count", "ledger"}:
        raise InvalidInput(field="trust")
    level = locks.lock_levels([level_id]).get(level_id)
    if level is None:
        raise NotFound()
    sums = level.movements.aggregate(on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change"))
    booked_on_hand, booked_reserved = sums["on_hand"] or 0, sums["reserved"] or 0
    held = level.reservations.filter(state__in=OPEN_STATES).aggregate(units=Sum("quantity"))["units"] or 0
    on_hand = level.on_hand if trust == "count" else booked_on_hand
    if (level.on_hand, level.reserved) == (on_hand, held) and (booked_on_hand, booked_reserved) == (on_hand, held):
        return
    if on_hand < 0 or held > on_hand + level.backorder_limit:
        raise BelowReserved(reserved=held)
    note = f"{level.on_hand} → {on_hand}, {level.reserved} → {held}"
    level.on_hand, level.reserved = on_hand, held
    level.save(update_fields=["on_hand", "reserved"])
    change = LevelChange(
        level,
        level.variant.product_id,
        on_hand_change=on_hand - booked_on_hand,
        reserved_change=held - booked_reserved,
    )
    record([change], reason=StockMovement.Reason.REPAIRED, actor=actor, note=note)


@transaction.atomic
def repair_incoming(*, level_id: int) -> None:
    """Set what is on its way to what the papers say. NotFound."""
    level = locks.lock_levels([level_id]).get(level_id)
    if level is None:
        raise NotFound()
    level.incoming = incoming_by_papers([level.variant_id]).get((level.variant_id, level.location_id), 0)
    level.save(update_fields=["incoming"])


CHECKED_AT_ONCE = 200_000
"""Up to so many ledger rows the numbers are examined within a request; beyond it, by a job."""


@transaction.atomic
def check_stock(*, actor: str = "") -> StockCheck:
    """Examine all numbers: now in a small shop, by a job in a large one (then `finished_at` is empty at first)."""
    check = StockCheck.objects.create(requested_by=actor, requested_at=now())
    newest = StockMovement.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest > CHECKED_AT_ONCE:
        jobs.check.enqueue(check_id=check.pk)
        return check
    return finish_check(check_id=check.pk)


@transaction.atomic
def finish_check(*, check_id: int) -> StockCheck:
    """Do the work of an examination and keep how many levels differ; old examinations go. NotFound."""
    check = StockCheck.objects.filter(pk=check_id).first()
    if check is None:
        raise NotFound()
    check.levels, check.total = StockLevel.objects.count(), len(integrity())
    check.finished_at = now()
    check.save()
    StockCheck.objects.filter(requested_at__lt=now() - timedelta(days=90)).delete()
    return check
