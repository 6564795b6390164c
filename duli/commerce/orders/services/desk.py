"""What staff note on orders while they work through them: tags, and holds that keep a parcel from leaving."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderHeldBack, OrderReleased, OrderTagged
from duli.commerce.orders.models import Order, OrderTag
from duli.commerce.orders.states import OrderStatus
from duli.commerce.orders.types import OrderClosed, TooManyTags
from duli.platform.events.services import publish

MOST_TAGS = 30
LONGEST_TAG = 40


def _words(tags: Sequence[str]) -> list[str]:
    found = [one_line(word) for word in tags]
    if any(len(word) > LONGEST_TAG for word in found):
        raise InvalidInput(field="tags")
    return [word for word in dict.fromkeys(found) if word]


@transaction.atomic
def tag(*, order_ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = (), actor: str) -> int:
    """Put words on orders and take others off, all or none; return how many orders changed.

    A word is up to 40 characters; capitals count. InvalidInput, TooManyTags (30 an order), NotFound.
    """
    added, removed = _words(add), _words(remove)
    changed = 0
    for order_id in sorted(set(order_ids)):
        order = locks.lock_order(order_id)
        gone = [word for word in order.tags if word in removed and word not in added]
        new = [word for word in added if word not in order.tags]
        if not gone and not new:
            continue
        order.tags = [word for word in order.tags if word not in gone] + new
        if len(order.tags) > MOST_TAGS:
            raise TooManyTags(most=MOST_TAGS)
        order.version += 1
        order.save(update_fields=["tags", "version"])
        OrderTag.objects.filter(order=order, name__in=gone).delete()
        OrderTag.objects.bulk_create([OrderTag(order=order, name=word, placed_at=order.placed_at) for word in new])
        publish(OrderTagged(order.pk, new, gone), reference=order.reference, actor=actor)
        changed += 1
    return changed


@transaction.atomic
def hold(*, order_id: int, reason: str, actor: str) -> Order:
    """Keep an open order from being shipped, for a reason that the next person reads; again changes the reason.

    InvalidInput for no reason or one over 200 characters, OrderClosed, NotFound.
    """
    words = one_line(reason)
    if not words or len(words) > 200:
        raise InvalidInput(field="reason")
    order = locks.lock_order(order_id)
    if order.status != OrderStatus.OPEN:
        raise OrderClosed()
    if order.hold_reason == words:
        return order
    order.held_at = order.held_at or now()
    order.hold_reason = words
    order.version += 1
    order.save(update_fields=["held_at", "hold_reason", "version"])
    publish(OrderHeldBack(order.pk, words), reference=order.reference, actor=actor)
    return order


@transaction.atomic
def release(*, order_id: int, actor: str) -> Order:
    """Let a held order be shipped again; one that is not held stays as it is. NotFound."""
    order = locks.lock_order(order_id)
    if order.held_at is None:
        return order
    order.held_at = None
    order.hold_reason = ""
    order.version += 1
    order.save(update_fields=["held_at", "hold_reason", "version"])
    publish(OrderReleased(order.pk), reference=order.reference, actor=actor)
    return order
