"""Holding stock for a reference, and what becomes of it.

The lock order of the house is cart → order → gift cards → stock levels by primary key; `reserve` is the last
write before commit, so that a hot row is held for milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import Reservation, StockLevel, StockMovement
from duli.commerce.inventory.services.ledger import LevelChange, record
from duli.commerce.inventory.types import InsufficientStock, StockRequest
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert, insert_all, update

_levels = Prepared(
    lambda variant_ids: (
        StockLevel.objects.filter(variant_id__in=variant_ids, location__is_active=True, variant__tracks_stock=True)
        .select_related("variant")
        .order_by("location__priority", "location_id")
    )
)
_hold = PreparedUpdate(
    lambda pk, wanted, units: (
        StockLevel.objects.filter(pk=pk, on_hand__gte=F("reserved") + wanted - F("backorder_limit")),
        {"reserved": F("reserved") + units},
    )
)


def _plan(requests: Sequence[StockRequest], location_id: int | None) -> list[tuple[StockLevel, int]]:
    """Choose levels: the first location by priority that has everything of a variant, else several.

    With `location_id` only that one counts. Returns (level, quantity) sorted by the level's primary key; raises
    InsufficientStock. Variants without a stock level, and those that do not track stock, are not planned for.
    """
    wanted: dict[int, int] = defaultdict(int)
    for request in requests:
        wanted[request.variant_id] += request.quantity
    levels = _levels.rows(sorted(wanted))
    if location_id is not None:
        levels = [level for level in levels if level.location_id == location_id]
    by_variant: dict[int, list[StockLevel]] = defaultdict(list)
    for level in levels:
        by_variant[level.variant_id].append(level)
    untracked = set(wanted) - set(by_variant)
    if untracked:
        missing = Variant.objects.filter(pk__in=untracked, tracks_stock=True).values_list("pk", flat=True)
        for variant_id in missing:
            raise InsufficientStock(variant_id=variant_id, available=0)
    plan: list[tuple[StockLevel, int]] = []
    for variant_id, candidates in by_variant.items():
        quantity = wanted[variant_id]
        free = [level.available + level.backorder_limit for level in candidates]
        whole = next((index for index, units in enumerate(free) if units >= quantity), None)
        if whole is not None:
            plan.append((candidates[whole], quantity))
            continue
        left = quantity
        for level, units in zip(candidates, free, strict=True):
            take = min(left, max(units, 0))
            if take:
                plan.append((level, take))
                left -= take
        if left:
            raise InsufficientStock(variant_id=variant_id, available=quantity - left)
    return sorted(plan, key=lambda step: step[0].pk)


def _take(level: StockLevel, quantity: int) -> bool:
    """Hold units if they are still free: one conditional statement, the guard against overselling."""
    return bool(_hold(level.pk, quantity, quantity))


@transaction.atomic(savepoint=False)
def reserve(
    *,
    requests: Sequence[StockRequest],
    reference: str,
    expires_at: datetime | None,
    actor: str = "",
    location_id: int | None = None,
) -> None:
    """Hold every requested unit for `reference` until `expires_at` (UTC; None: for good), or nothing.

    With `location_id` only what lies there is taken, since it is fetched there. Raises InsufficientStock, after which
    the caller's transaction must be rolled back or given up.
    """
    plan = _plan(requests, location_id)
    created_at = now()
    changes = []
    for level, quantity in plan:
        if not _take(level, quantity):
            fresh = StockLevel.objects.get(pk=level.pk)
            raise InsufficientStock(variant_id=level.variant_id, available=fresh.available + fresh.backorder_limit)
        level.reserved += quantity
        changes.append(LevelChange(level, level.variant.product_id, reserved_change=quantity))
    insert_all(
        [
            Reservation(
                reference=reference,
                level=level,
                quantity=quantity,
                state=Reservation.State.HELD,
                expires_at=expires_at,
                created_at=created_at,
            )
            for level, quantity in plan
        ]
    )
    record(changes, reason=StockMovement.Reason.RESERVED, actor=actor, reference=reference)


def allocate(*, reference: str) -> int:
    """Make the holds of `reference` permanent (it is paid); return how many units are allocated in all."""
    with transaction.atomic():
        Reservation.objects.filter(reference=reference, state=Reservation.State.HELD).update(
            state=Reservation.State.ALLOCATED, expires_at=None
        )
        rows = Reservation.objects.filter(reference=reference, state=Reservation.State.ALLOCATED)
        return sum(rows.values_list("quantity", flat=True))


_extend = PreparedUpdate(
    lambda reference, expires_at: (
        Reservation.objects.filter(reference=reference, state=Reservation.State.HELD),
        {"expires_at": expires_at},
    )
)
_variants = Prepared(lambda ids: StockLevel.objects.filter(pk__in=ids).values_list("pk", "variant_id"))


@transaction.atomic
def extend(*, reference: str, expires_at: datetime) -> None:
    """Let the holds of `reference` end at `expires_at` (UTC) instead."""
    _extend(reference, expires_at)


@transaction.atomic
def release(*, reference: str, actor: str = "") -> int:
    """Give back everything held or allocated for `reference` and not shipped; return the units freed."""
    rows = locks.lock_reservations(reference, [Reservation.State.HELD, Reservation.State.ALLOCATED])
    return _give_back(rows, reason=StockMovement.Reason.RELEASED, actor=actor, reference=reference)


def _give_back(rows: Sequence[Reservation], *, reason: str, actor: str, reference: str) -> int:
    per_level: dict[int, int] = defaultdict(int)
    for row in rows:
        per_level[row.level_id] += row.quantity
    if not per_level:
        return 0
    Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Reservation.State.RELEASED, expires_at=None
    )
    for level_id in sorted(per_level):
        StockLevel.objects.filter(pk=level_id).update(reserved=F("reserved") - per_level[level_id])
    levels = StockLevel.objects.filter(pk__in=per_level).select_related("variant")
    record(
        [LevelChange(level, level.variant.product_id, reserved_change=-per_level[level.pk]) for level in levels],
        reason=reason,
        actor=actor,
        reference=reference,
    )
    return sum(per_level.values())


def release_expired(*, limit: int = 200) -> int:
    """Give back holds that ran out; return the units freed. Safe to run in several processes at once."""
    references = (
        Reservation.objects.filter(state=Reservation.State.HELD, expires_at__lte=now())
        .order_by("expires_at")
        .values_list("reference", flat=True)[:limit]
    )
    freed = 0
    for reference in dict.fromkeys(references):
        with transaction.atomic():
            rows = [
                row
                for row in locks.lock_reservations(reference, [Reservation.State.HELD])
                if row.expires_at and row.expires_at <= now()
            ]
            freed += _give_back(rows, reason=StockMovement.Reason.RELEASED, actor="system", reference=reference)
    return freed


def _move(
    rows: Sequence[Reservation], requests: Sequence[StockRequest], *, state: str, reference: str
) -> dict[int, int]:
    """Bring the requested units of `rows` into `state`, splitting rows where needed; return units per level."""
    variant_of = dict(_variants.rows(sorted({row.level_id for row in rows})))
    per_level: dict[int, int] = defaultdict(int)
    for request in requests:
        left = request.quantity
        for row in rows:
            if not left:
                break
            if variant_of[row.level_id] != request.variant_id or not row.quantity:
                continue
            take = min(left, row.quantity)
            left -= take
            per_level[row.level_id] += take
            if take == row.quantity:
                row.state = state
                row.expires_at = None
                row.save(update_fields=["state", "expires_at"])
                row.quantity = 0
            else:
                row.quantity -= take
                row.save(update_fields=["quantity"])
                Reservation.objects.create(
                    reference=reference, level_id=row.level_id, quantity=take, state=state, created_at=now()
                )
    return per_level


@transaction.atomic
def rearrange(
    *,
    reference: str,
    give_back: Sequence[StockRequest] = (),
    take: Sequence[StockRequest] = (),
    expires_at: datetime | None = None,
    actor: str = "",
    location_id: int | None = None,
) -> list[tuple[int, int, int]]:
    """Give back some of what `reference` holds and hold other units for it, all of it or nothing.

    Every level that is touched is locked by primary key first, so that rivals never wait for each other crosswise.
    Returns what was given back as (variant, location, units). Raises InsufficientStock, after which the caller's
    transaction must be rolled back.
    """
    rows = locks.lock_reservations(reference, [Reservation.State.HELD, Reservation.State.ALLOCATED])
    variants = {request.variant_id for request in [*give_back, *take]}
    locks.lock_levels(StockLevel.objects.filter(variant_id__in=variants).values_list("pk", flat=True))
    per_level = _move(rows, give_back, state=Reservation.State.RELEASED, reference=reference)
    for level_id in sorted(per_level):
        StockLevel.objects.filter(pk=level_id).update(reserved=F("reserved") - per_level[level_id])
    levels = list(StockLevel.objects.filter(pk__in=per_level).select_related("variant").order_by("pk"))
    record(
        [LevelChange(level, level.variant.product_id, reserved_change=-per_level[level.pk]) for level in levels],
        reason=StockMovement.Reason.RELEASED,
        actor=actor,
        reference=reference,
    )
    if take:
        reserve(requests=take, reference=reference, expires_at=expires_at, actor=actor, location_id=location_id)
    return [(level.variant_id, level.location_id, per_level[level.pk]) for level in levels]


@transaction.atomic
def hand_over(*, reference: str, to_reference: str, requests: Sequence[StockRequest] | None = None) -> int:
    """Let units that `reference` holds be held by `to_reference` (None: all of them); return how many.

    They stay where they are, held or allocated as before: no level changes, so nothing can run short meanwhile.
    """
    rows = locks.lock_reservations(reference, [Reservation.State.HELD, Reservation.State.ALLOCATED])
    if requests is None:
        Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(reference=to_reference)
        return sum(row.quantity for row in rows)
    variant_of = dict(StockLevel.objects.filter(pk__in={row.level_id for row in rows}).values_list("pk", "variant_id"))
    left: dict[int, int] = defaultdict(int)
    for request in requests:
        left[request.variant_id] += request.quantity
    units = 0
    for row in rows:
        take = min(left[variant_of[row.level_id]], row.quantity)
        if not take:
            continue
        left[variant_of[row.level_id]] -= take
        units += take
        if take == row.quantity:
            row.reference = to_reference
            update(row, "reference")
            continue
        row.quantity -= take
        update(row, "quantity")
        insert(
            Reservation(
                reference=to_reference,
                level_id=row.level_id,
                quantity=take,
                state=row.state,
                expires_at=row.expires_at,
                created_at=row.created_at,
            )
        )
    return units


@transaction.atomic
def ship(*, reference: str, requests: Sequence[StockRequest], actor: str = "") -> None:
    """Turn allocated (or still held) units of `reference` into units that left the house.

    Units that were never held (stock is not tracked, or the order came from elsewhere) are left alone.
    """
    rows = locks.lock_reservations(reference, [Reservation.State.ALLOCATED, Reservation.State.HELD])
    per_level = _move(rows, requests, state=Reservation.State.SHIPPED, reference=reference)
    locked = locks.lock_levels(per_level)
    for level_id in sorted(per_level):
        units = per_level[level_id]
        # A back-ordered unit can leave before the goods were booked in; the count never goes below zero.
        leaving = min(units, locked[level_id].on_hand)
        StockLevel.objects.filter(pk=level_id).update(on_hand=F("on_hand") - leaving, reserved=F("reserved") - units)
    levels = StockLevel.objects.filter(pk__in=per_level).select_related("variant")
    record(
        [
            LevelChange(
                level,
                level.variant.product_id,
                on_hand_change=level.on_hand - locked[level.pk].on_hand,
                reserved_change=-per_level[level.pk],
            )
            for level in levels
        ],
        reason=StockMovement.Reason.SHIPPED,
        actor=actor,
        reference=reference,
    )


@transaction.atomic
def restock(
    *, requests: Sequence[StockRequest], location_id: int, reference: str, reason: str, actor: str = ""
) -> None:
    """Put units that had left (or came back) on hand again at a location."""
    wanted: dict[int, int] = defaultdict(int)
    for request in requests:
        wanted[request.variant_id] += request.quantity
    # A bundle's component may have been deleted since it was ordered.
    known = set(Variant.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for variant_id in sorted(known):
        StockLevel.objects.get_or_create(variant_id=variant_id, location_id=location_id)
    ids = StockLevel.objects.filter(variant_id__in=wanted, location_id=location_id).values_list("pk", flat=True)
    levels = locks.lock_levels(ids)
    changes = []
    for level in levels.values():
        units = wanted[level.variant_id]
        StockLevel.objects.filter(pk=level.pk).update(on_hand=F("on_hand") + units)
        level.on_hand += units
        changes.append(LevelChange(level, level.variant.product_id, on_hand_change=units))
    record(changes, reason=reason, actor=actor, reference=reference)
