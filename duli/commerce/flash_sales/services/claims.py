"""Units of a sale go to an order, and come back from one that is not paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.commerce.flash_sales import locks
from duli.commerce.flash_sales.models import BuyerCount, Claim, Entry, FlashSale, Item, Ticket
from duli.commerce.flash_sales.selectors import running
from duli.commerce.flash_sales.services.ledger import record
from duli.commerce.flash_sales.states import RUNNING, state_of
from duli.commerce.flash_sales.types import FlashLimitReached, FlashSoldOut, NotYourTurn, Running
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.types import InsufficientStock, StockRequest
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert, insert_all

_items = Prepared(lambda ids: Item.objects.filter(pk__in=ids).select_related("variant"))
_rooms_of = Prepared(
    lambda ids: FlashSale.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "admission_minutes")
)
_use_ticket = PreparedUpdate(
    lambda sale_id, cart_token, reference, since: (
        Ticket.objects.filter(sale_id=sale_id, cart_token=cart_token, reference="", admitted_at__gt=since),
        {"reference": reference},
    )
)
_count_units = PreparedUpdate(
    lambda item_id, key, most, units: (
        BuyerCount.objects.filter(item_id=item_id, key=key, units__lte=most),
        {"units": F("units") + units},
    )
)
_take = PreparedUpdate(
    lambda item_id, units: (Item.objects.filter(pk=item_id, left__gte=units), {"left": F("left") - units})
)


def claim(
    *,
    wanted: Mapping[int, int],
    reference: str,
    buyer_keys: Sequence[str],
    cart_token: str,
    expires_at: datetime | None,
    at: datetime,
    actor: str = "",
) -> frozenset[int]:
    """Give an order its units (by variant) of what runs at `at`, in the caller's transaction; return which those are.

    Three statements guard it, each checking what it writes: the ticket of the waiting room is used once, the buyer's
    counters stay within the limit, and what is left never falls below zero. Counters and items are taken in the order
    of their keys, stock last. The units were set aside before, so that stock only changes hands: nothing can run short.
    Raises NotYourTurn, FlashLimitReached, FlashSoldOut, and the caller's transaction must not be kept then.
    """
    found = sorted(running(wanted, at).values(), key=lambda entry: entry.item_id)
    if not found:
        return frozenset()
    for sale_id, minutes in _rooms(found):
        if not use_ticket(sale_id, cart_token, reference, at - timedelta(minutes=minutes)):
            raise NotYourTurn()
    keys = sorted(set(buyer_keys))
    limited = [entry for entry in found if entry.limit is not None]
    if limited and keys:
        for entry in limited:
            for key in keys:
                insert(BuyerCount(item_id=entry.item_id, key=key), unless_there=True)
    for entry in limited:
        limit = entry.limit or 0
        if not all(count_units(entry.item_id, key, wanted[entry.variant_id], limit) for key in keys) or (
            wanted[entry.variant_id] > limit
        ):
            raise FlashLimitReached(limit=limit)
    items = {row.pk: row for row in _items.rows([entry.item_id for entry in found])}
    for entry in found:
        units = wanted[entry.variant_id]
        if not take(entry.item_id, units):
            left = Item.objects.filter(pk=entry.item_id).values_list("left", flat=True).first()
            raise FlashSoldOut(available=left or 0)
    insert_all(
        [
            Claim(
                item_id=entry.item_id,
                reference=reference,
                units=wanted[entry.variant_id],
                counted=keys if entry.limit is not None else [],
                claimed_at=at,
            )
            for entry in found
        ]
    )
    record(
        [(items[entry.item_id], -wanted[entry.variant_id]) for entry in found],
        kind=Entry.Kind.SOLD,
        actor=actor,
        reference=reference,
    )
    for entry in found:
        units = wanted[entry.variant_id]
        moved = inventory.hand_over(
            reference=items[entry.item_id].reference,
            to_reference=reference,
            requests=[StockRequest(entry.variant_id, units)],
        )
        if moved != units:
            # The numbers of the sale say more than stock holds for it: what stock says counts.
            raise FlashSoldOut(available=moved)
    if expires_at is not None:
        inventory.extend(reference=reference, expires_at=expires_at)
    return frozenset(entry.variant_id for entry in found)


def _rooms(found: Sequence[Running]) -> list[tuple[int, int]]:
    ids = sorted({entry.sale_id for entry in found if entry.waiting_room})
    return _rooms_of.rows(ids) if ids else []


def use_ticket(sale_id: int, cart_token: str, reference: str, since: datetime) -> bool:
    """Use the ticket that let this cart in, once, if it was let in after `since`."""
    return bool(cart_token and _use_ticket(sale_id, cart_token, reference, since))


def count_units(item_id: int, key: str, units: int, limit: int) -> bool:
    """Count units for a buyer if that stays within the limit."""
    return bool(_count_units(item_id, key, limit - units, units))


def take(item_id: int, units: int) -> bool:
    """Take units if so many are left: one conditional statement, the guard against overselling."""
    return bool(_take(item_id, units))


@transaction.atomic
def give_back(*, reference: str, has_expired: bool, restock: bool, actor: str) -> int:
    """Let the units of a cancelled order return to their sale, once; return how many are for sale in it again.

    What the buyer may have is counted anew at once. Stock has released the units in the transaction that cancelled the
    order; they are set aside again here. If somebody was given them in between, if they were written off (`restock` is
    False) or the sale is over, they are no longer part of it, and the ledger says so.
    """
    claims = list(Claim.objects.filter(reference=reference, returned_at__isnull=True).order_by("item_id"))
    mine = [
        row
        for row in claims
        if Claim.objects.filter(pk=row.pk, returned_at__isnull=True).update(returned_at=now(), has_expired=has_expired)
    ]
    back = 0
    for row in mine:
        for key in sorted(row.counted):
            BuyerCount.objects.filter(item_id=row.item_id, key=key, units__gte=row.units).update(
                units=F("units") - row.units
            )
    items = {item.pk: item for item in locks.lock_items(row.item_id for row in mine)}
    for row in mine:
        item = items[row.item_id]
        record([(item, row.units)], kind=Entry.Kind.RETURNED, actor=actor, reference=reference)
        open_now = restock and state_of(item.sale, now()) == RUNNING
        kept = open_now and set_aside_again(item, row.units, actor)
        if kept:
            back += row.units
            Item.objects.filter(pk=item.pk).update(left=F("left") + row.units)
        else:
            record([(item, -row.units)], kind=Entry.Kind.GIVEN_BACK, actor=actor, reference=reference)
    return back


def set_aside_again(item: Item, units: int, actor: str) -> bool:
    """Hold units for a sale that came back to stock; False if they were given away already."""
    try:
        with transaction.atomic():
            inventory.reserve(
                requests=[StockRequest(item.variant_id, units)], reference=item.reference, expires_at=None, actor=actor
            )
    except InsufficientStock:
        return False
    return True


@transaction.atomic
def note_paid(*, reference: str) -> None:
    """Note that what an order took is paid for; the monitor tells it."""
    Claim.objects.filter(reference=reference, paid_at__isnull=True, returned_at__isnull=True).update(paid_at=now())
