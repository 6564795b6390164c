"""Moving stock between locations, and goods that are expected from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import StockLevel, StockMovement, StockTransfer, StockTransferLine
from duli.commerce.inventory.services.changes import (
    MAXIMUM,
    change_incoming,
    change_on_hand,
    check_location,
    check_variants,
)
from duli.commerce.inventory.types import NotEnoughHere, WrongState
from duli.platform.store.seen import Seen, compare

MAXIMUM_LINES = 2000
Kind, State, Difference = StockTransfer.Kind, StockTransfer.State, StockTransfer.Difference
Reason = StockMovement.Reason


def _in_state(transfer: StockTransfer, *states: str) -> StockTransfer:
    if transfer.state not in states:
        raise WrongState(state=transfer.get_state_display())
    return transfer


@transaction.atomic
def save_transfer(
    *,
    target_id: int,
    lines: Mapping[int, int],
    actor: str,
    source_id: int | None = None,
    transfer_id: int | None = None,
    supplier: str = "",
    note: str = "",
    expected_on: date | None = None,
    seen: Seen | None = None,
) -> StockTransfer:
    """Draft a transfer from `source_id` (None: a delivery from `supplier`) to `target_id`, or change a draft.

    `lines` are units per variant. Nothing moves yet. Raises InvalidInput (the same place twice, a place that is
    closed, no lines, quantities), UnknownVariants, WrongState (it is a draft no longer), NotFound.
    """
    if not lines or len(lines) > MAXIMUM_LINES or not all(0 < units <= MAXIMUM for units in lines.values()):
        raise InvalidInput(field="lines")
    if source_id == target_id:
        raise InvalidInput(field="target")
    check_location(target_id)
    if source_id is not None:
        check_location(source_id, active=False)
    check_variants(set(lines))
    transfer = (
        _in_state(locks.lock_transfer(transfer_id), State.DRAFT)
        if transfer_id
        else StockTransfer(created_by=actor, created_at=now())
    )
    compare(seen)
    transfer.kind = Kind.DELIVERY if source_id is None else Kind.TRANSFER
    transfer.source_id, transfer.target_id = source_id, target_id
    transfer.supplier = supplier.strip()[:120] if source_id is None else ""
    transfer.note, transfer.expected_on = note.strip()[:255], expected_on
    transfer.save()
    transfer.lines.all().delete()
    StockTransferLine.objects.bulk_create(
        [StockTransferLine(transfer=transfer, variant_id=pk, quantity=units) for pk, units in lines.items()]
    )
    return transfer


@transaction.atomic
def send_transfer(*, transfer_id: int, actor: str) -> StockTransfer:
    """Let a draft go: the units leave their source (a delivery has none) and are incoming at the target.

    Raises NotEnoughHere if what is not held for orders does not suffice; then nothing has moved. WrongState, NotFound.
    """
    transfer = _in_state(locks.lock_transfer(transfer_id), State.DRAFT)
    check_location(transfer.target_id)
    lines = {line.variant_id: line.quantity for line in transfer.lines.all()}
    if transfer.source_id is not None:
        variants = check_variants(set(lines))
        levels = _both_ends(transfer, lines)
        for variant_id, units in sorted(lines.items()):
            free = max(levels[variant_id].available, 0)
            if free < units:
                variant = variants[variant_id]
                raise NotEnoughHere(sku=variant.sku or variant.title, free=free)
        change_on_hand(
            levels,
            {variant_id: -units for variant_id, units in lines.items()},
            reason=Reason.MOVED_OUT,
            actor=actor,
            reference=transfer.reference,
        )
    change_incoming(transfer.target_id, lines)
    transfer.state, transfer.sent_at = State.SENT, now()
    transfer.save(update_fields=["state", "sent_at"])
    return transfer


def _both_ends(transfer: StockTransfer, variant_ids: Mapping[int, int]) -> dict[int, StockLevel]:
    """Lock the levels at source and target together in the house's order; return those of the source by variant."""
    assert transfer.source_id is not None
    ids = [
        level.pk
        for location_id in (transfer.source_id, transfer.target_id)
        for level in locks.find_levels_at(location_id, variant_ids)
    ]
    locked = locks.lock_levels(ids).values()
    return {level.variant_id: level for level in locked if level.location_id == transfer.source_id}


@transaction.atomic
def receive_transfer(
    *,
    transfer_id: int,
    received: Mapping[int, int],
    actor: str,
    close: bool = False,
    difference: str = "",
    note: str = "",
) -> StockTransfer:
    """Book in `received` units per variant at the target; what is all there closes by itself.

    More than announced is booked as well. `close` ends it although units are missing; `difference` then says what
    became of them: "lost" (the ledger of the source shows the loss), "returned" (they are back at the source) or
    "not_sent" (a delivery's only choice). Raises InvalidInput (a line it does not have, quantities, a difference
    that is not told), WrongState, NotFound.
    """
    transfer = _in_state(locks.lock_transfer(transfer_id), State.SENT)
    lines = {line.variant_id: line for line in transfer.lines.all()}
    if not set(received) <= set(lines) or not all(0 <= units <= MAXIMUM for units in received.values()):
        raise InvalidInput(field="received")
    arrived = {variant_id: units for variant_id, units in received.items() if units}
    if transfer.source_id is not None:
        _both_ends(transfer, dict.fromkeys(lines, 0))
    change_on_hand(
        locks.lock_levels_at(transfer.target_id, arrived),
        arrived,
        reason=Reason.MOVED_IN if transfer.kind == Kind.TRANSFER else Reason.RECEIVED,
        actor=actor,
        reference=transfer.reference,
        note=note,
    )
    landed: dict[int, int] = {}
    for variant_id, units in arrived.items():
        line = lines[variant_id]
        landed[variant_id] = -min(units, line.open)
        line.received += units
        line.save(update_fields=["received"])
    missing = {variant_id: line.open for variant_id, line in lines.items() if line.open}
    if close and missing:
        _settle_difference(transfer, missing, difference=difference, actor=actor, note=note)
        for variant_id, units in missing.items():
            landed[variant_id] = landed.get(variant_id, 0) - units
    change_incoming(transfer.target_id, landed)
    if close or not missing:
        transfer.state, transfer.closed_at = State.RECEIVED, now()
        transfer.save(update_fields=["state", "closed_at", "difference", "difference_note"])
    return transfer


def _settle_difference(
    transfer: StockTransfer, missing: Mapping[int, int], *, difference: str, actor: str, note: str
) -> None:
    allowed = {Difference.NOT_SENT} if transfer.source_id is None else {Difference.LOST, Difference.RETURNED}
    if difference not in allowed:
        raise InvalidInput(field="difference")
    transfer.difference, transfer.difference_note = difference, note.strip()[:255]
    if transfer.source_id is None:
        return
    levels = locks.lock_levels_at(transfer.source_id, missing)
    change_on_hand(levels, missing, reason=Reason.MOVED_IN, actor=actor, reference=transfer.reference, note=note)
    if difference == Difference.LOST:
        # They come back on paper and are written off there, so that the ledger says where units went.
        gone = {pk: -units for pk, units in missing.items()}
        change_on_hand(levels, gone, reason=Reason.LOST, actor=actor, reference=transfer.reference, note=note)


@transaction.atomic
def cancel_transfer(*, transfer_id: int, actor: str) -> StockTransfer:
    """Give a draft up, or call back what is on its way: what was not received is at the source again.

    Raises WrongState (it is received, or cancelled already) and NotFound.
    """
    transfer = _in_state(locks.lock_transfer(transfer_id), State.DRAFT, State.SENT)
    if transfer.state == State.SENT:
        missing = {line.variant_id: line.open for line in transfer.lines.all() if line.open}
        if transfer.source_id is not None:
            change_on_hand(
                _both_ends(transfer, missing),
                missing,
                reason=Reason.MOVED_IN,
                actor=actor,
                reference=transfer.reference,
            )
        change_incoming(transfer.target_id, {pk: -units for pk, units in missing.items()})
    transfer.state, transfer.closed_at = State.CANCELLED, now()
    transfer.save(update_fields=["state", "closed_at"])
    return transfer
