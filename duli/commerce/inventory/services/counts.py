"""Count sheets: what is found is written down beside what was expected, looked at, and applied at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import StockCount, StockCountLine, StockLevel, StockMovement
from duli.commerce.inventory.services.changes import MAXIMUM, change_on_hand, check_location, check_variants
from duli.commerce.inventory.types import CountConflict, Counted, WrongState

MAXIMUM_LINES = 20_000


def _on_hand(location_id: int, variant_ids: Iterable[int]) -> dict[int, int]:
    rows = StockLevel.objects.filter(location_id=location_id, variant_id__in=list(variant_ids))
    return dict(rows.values_list("variant_id", "on_hand"))


@transaction.atomic
def open_count(*, location_id: int, variant_ids: Sequence[int], name: str, actor: str) -> StockCount:
    """Make a sheet for these variants at a location; it remembers what is on hand now.

    Raises InvalidInput (no name, no variants or too many, an unknown place) and UnknownVariants.
    """
    wanted = list(dict.fromkeys(variant_ids))
    if not name.strip():
        raise InvalidInput(field="name")
    if not wanted or len(wanted) > MAXIMUM_LINES:
        raise InvalidInput(field="scope")
    check_location(location_id, active=False)
    check_variants(set(wanted))
    count = StockCount.objects.create(
        location_id=location_id, name=name.strip()[:120], created_by=actor, created_at=now()
    )
    expected = _on_hand(location_id, wanted)
    StockCountLine.objects.bulk_create(
        [StockCountLine(count=count, variant_id=pk, expected=expected.get(pk, 0)) for pk in wanted], batch_size=500
    )
    return count


def _open(count_id: int) -> StockCount:
    count = locks.lock_count(count_id)
    if count.state != StockCount.State.OPEN:
        raise WrongState(state=count.get_state_display())
    return count


@transaction.atomic
def write_counts(*, count_id: int, counts: Sequence[Counted], actor: str, as_of_start: bool = False) -> int:
    """Write down what was found; lines that are not named stay as they are. Return how many lines changed.

    A count is compared with what is on hand at this moment, so that sales before and after it do not matter;
    with `as_of_start` with what was on hand when the sheet was made (it was counted then and is typed in later).
    Raises InvalidInput (a line the sheet does not have, numbers), CountConflict (somebody else wrote another number
    into the line since it was `seen`), WrongState, NotFound; then nothing is written.
    """
    count = _open(count_id)
    wanted = {entry.variant_id: entry for entry in counts}
    lines = {line.variant_id: line for line in count.lines.filter(variant_id__in=wanted).select_related("variant")}
    if len(lines) != len(wanted) or any(
        entry.counted is not None and not 0 <= entry.counted <= MAXIMUM for entry in counts
    ):
        raise InvalidInput(field="lines")
    changed = [lines[pk] for pk, entry in wanted.items() if lines[pk].counted != entry.counted]
    for line in changed:
        if line.counted != wanted[line.variant_id].seen:
            raise CountConflict(sku=line.variant.sku or line.variant.title, counted=_words(line.counted))
    levels = locks.lock_levels_at(count.location_id, [line.variant_id for line in changed])
    for line in changed:
        line.counted = wanted[line.variant_id].counted
        gone = line.counted is None
        line.on_hand_then = None if gone else line.expected if as_of_start else levels[line.variant_id].on_hand
        line.counted_by, line.counted_at = ("", None) if gone else (actor, now())
    StockCountLine.objects.bulk_update(changed, ["counted", "on_hand_then", "counted_by", "counted_at"], batch_size=500)
    return len(changed)


def _words(counted: int | None) -> str:
    return "—" if counted is None else str(counted)


@transaction.atomic
def apply_count(*, count_id: int, actor: str) -> StockCount:
    """Add the differences that were found to what is on hand now, with one reference; lines without a count stay.

    What was sold or received since a line was counted is not undone. Raises CountBelowReserved (nothing is applied
    then), InvalidInput (nothing was counted), WrongState and NotFound.
    """
    count = _open(count_id)
    differences = {line.variant_id: line.difference for line in count.lines.filter(counted__isnull=False)}
    if not differences:
        raise InvalidInput(field="lines")
    change_on_hand(
        locks.lock_levels_at(count.location_id, differences),
        differences,
        reason=StockMovement.Reason.COUNTED,
        actor=actor,
        reference=count.reference,
        note=count.name,
        keep_zero=True,
    )
    return _close(count, StockCount.State.APPLIED, actor)


@transaction.atomic
def cancel_count(*, count_id: int, actor: str) -> StockCount:
    """Put a sheet away without changing any stock. WrongState, NotFound."""
    return _close(_open(count_id), StockCount.State.CANCELLED, actor)


def _close(count: StockCount, state: StockCount.State, actor: str) -> StockCount:
    count.state, count.closed_by, count.closed_at = state, actor, now()
    count.save(update_fields=["state", "closed_by", "closed_at"])
    return count
