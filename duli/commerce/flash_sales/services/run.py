"""What staff do to a sale that is planned or runs, and what the clock does at its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.flash_sales import locks
from duli.commerce.flash_sales.models import Entry, FlashSale, Item, Ticket
from duli.commerce.flash_sales.selectors import TOPIC
from duli.commerce.flash_sales.services.ledger import record
from duli.commerce.flash_sales.services.save import arrange, change_units, tell, told
from duli.commerce.flash_sales.states import COMING, DRAFT, ENDED, state_of
from duli.commerce.flash_sales.types import MOST_UNITS, FlashOver, FlashStarted
from duli.commerce.inventory import services as inventory
from duli.commerce.promotions import services as promotions
from duli.platform.store.changes import mark

TICKETS_ARE_KEPT = timedelta(days=30)


@transaction.atomic
def start_now(*, sale_id: int, actor: str) -> FlashSale:
    """Let a planned sale begin this second instead of later. NotFound, FlashStarted, FlashOver."""
    row = locks.lock_sale(sale_id)
    state = state_of(row, now())
    if state == ENDED:
        raise FlashOver()
    if state != COMING:
        raise FlashStarted()
    before = told(row)
    row.starts_at = row.updated_at = now()
    row.save(update_fields=["starts_at", "updated_at"])
    arrange(row, actor)
    tell(row, before, actor)
    return row


@transaction.atomic
def extend_sale(*, sale_id: int, ends_at: datetime, actor: str) -> FlashSale:
    """Let a planned or running sale end at `ends_at` (UTC). NotFound, FlashOver, InvalidInput (a time that is past)."""
    row = locks.lock_sale(sale_id)
    if state_of(row, now()) in {ENDED, DRAFT}:
        raise FlashOver()
    if ends_at <= max(now(), row.starts_at):
        raise InvalidInput(field="ends_at")
    before = told(row)
    row.ends_at, row.updated_at = ends_at, now()
    row.save(update_fields=["ends_at", "updated_at"])
    arrange(row, actor)
    tell(row, before, actor)
    return row


@transaction.atomic
def top_up(*, sale_id: int, item_id: int, units: int, actor: str) -> Item:
    """Set so many more units of an item aside. NotFound, FlashOver, InvalidInput, TooFewToSetAside."""
    row = locks.lock_sale(sale_id)
    if state_of(row, now()) in {ENDED, DRAFT}:
        raise FlashOver()
    if not 1 <= units <= MOST_UNITS:
        raise InvalidInput(field="quantity")
    before = told(row)
    item = next((item for item in locks.lock_items([item_id]) if item.sale_id == sale_id), None)
    if item is None:
        raise NotFound()
    change_units(item, units, kind=Entry.Kind.CHANGED, actor=actor)
    tell(row, before, actor)
    return item


@transaction.atomic
def stop_sale(*, sale_id: int, actor: str) -> FlashSale:
    """End a planned or running sale this second: prices are the ordinary ones again, and so is the stock that is left.

    Orders that were placed stay as they are. NotFound, FlashOver.
    """
    row = locks.lock_sale(sale_id)
    if state_of(row, now()) in {ENDED, DRAFT}:
        raise FlashOver()
    before = told(row)
    row.stopped_at = row.updated_at = now()
    row.save(update_fields=["stopped_at", "updated_at"])
    _close(row, actor)
    tell(row, before, actor)
    return row


@transaction.atomic
def close_ended() -> int:
    """Give what is left of sales that ended back to ordinary sale; return how many sales that were."""
    due = FlashSale.objects.filter(is_planned=True, closed_at__isnull=True, ends_at__lte=now())
    closed = 0
    for sale_id in due.order_by("pk").values_list("pk", flat=True):
        row = locks.lock_sale(sale_id)
        if row.closed_at is None and row.ends_at <= now():
            _close(row, "system")
            closed += 1
    return closed


def _close(row: FlashSale, actor: str) -> None:
    row.closed_at = now()
    row.save(update_fields=["closed_at"])
    items = locks.lock_items(row.items.values_list("pk", flat=True))
    record([(item, -item.left) for item in items], kind=Entry.Kind.GIVEN_BACK, actor=actor)
    Item.objects.filter(sale=row).update(left=0)
    for item in items:
        inventory.release(reference=item.reference, actor=actor)
        if item.promotion_id is not None:
            promotions.set_active(promotion_id=item.promotion_id, active=False, actor=actor, by=row.reference)
    mark(TOPIC, "catalogue", *(f"product:{item.variant.product_id}" for item in items))


@transaction.atomic
def forget_tickets() -> int:
    """Delete the lines of waiting rooms that closed a month ago; return how many places that were."""
    gone, _ = Ticket.objects.filter(sale__closed_at__lt=now() - TICKETS_ARE_KEPT).delete()
    return gone
