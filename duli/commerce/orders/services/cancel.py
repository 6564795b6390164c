from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from duli.base.clock import now
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Reservation, StockMovement
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderCancelled, PaymentDue
from duli.commerce.orders.jobs import return_money
from duli.commerce.orders.models import Order
from duli.commerce.orders.services.bought_cards import take_back_all
from duli.commerce.orders.services.refund import carry_out, refund_cancelled
from duli.commerce.orders.services.settle import EXPIRED, record_sales, settle
from duli.commerce.orders.standing import cash_of
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.orders.types import AlreadyShipped, OrderClosed
from duli.commerce.payments import services as payments
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.promotions import services as promotions
from duli.platform.events.services import publish

EARLIEST_REMINDER = timedelta(days=1)


@transaction.atomic
def cancel(*, order_id: int, reason: str, restock: bool = True, actor: str) -> Order:
    """Cancel an order of which nothing has been shipped.

    Its units go back on sale, or, without `restock`, are written off as damaged. What was captured is refunded
    by a job; what was only authorised is voided; gift cards it bought are worth nothing. Raises OrderClosed,
    AlreadyShipped, GiftCardUsed.
    """
    order = locks.lock_order(order_id)
    return _cancel(order, reason=reason, restock=restock, actor=actor)


def _cancel(order: Order, *, reason: str, restock: bool, actor: str) -> Order:
    if order.status == OrderStatus.CANCELLED:
        raise OrderClosed()
    if order.fulfilments.exists():
        raise AlreadyShipped()
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id) if order.payment_collection_id else None
    captured = cash_of(order) if collection else 0
    order.status = OrderStatus.CANCELLED
    order.cancelled_at = now()
    order.cancel_reason = reason[:40]
    order.expires_at = None
    if not captured and order.payment_state != PaymentState.REVIEW:
        order.payment_state = PaymentState.VOIDED
    order.version += 1
    order.save(update_fields=["status", "cancelled_at", "cancel_reason", "expires_at", "payment_state", "version"])
    take_back_all(order, actor=actor)
    for pk in sorted(_came_from(order.pk)):
        promotions.give_back(reference=Order(pk=pk).reference, still_used=partial(_is_alive, pk))
    publish(
        OrderCancelled(order.pk, order.cancel_reason, restock, captured),
        reference=order.reference,
        actor=actor,
    )
    if order.paid_at:
        record_sales(order, -1)
    if collection:
        return_money.enqueue(order_id=order.pk)
    # Stock last: its rows are the hot ones.
    held = list(
        Reservation.objects.filter(
            reference=order.reference, state__in=[Reservation.State.HELD, Reservation.State.ALLOCATED]
        ).values_list("level__variant_id", "level__location_id", "quantity")
    )
    inventory.release(reference=order.reference, actor=actor)
    if not restock:
        for variant_id, location_id, quantity in sorted(held):
            inventory.adjust(
                variant_id=variant_id,
                location_id=location_id,
                change=-quantity,
                reason=StockMovement.Reason.DAMAGED,
                actor=actor,
                reference=order.reference,
            )
    return order


def _came_from(order_id: int) -> set[int]:
    """Return the order and those whose goods may be in it: what it was split from, what was merged into it."""
    found, fresh = {order_id}, {order_id}
    while fresh:
        near = Q(merged_into_id__in=fresh) | Q(offshoots__in=fresh)
        fresh = set(Order.objects.filter(near).values_list("pk", flat=True)) - found
        found |= fresh
    return found


def _is_alive(order_id: int) -> bool:
    """Whether the order, or any into which goods of it went by splitting or merging, is not cancelled."""
    seen, fresh = set[int](), {order_id}
    while fresh:
        rows = list(Order.objects.filter(pk__in=fresh).values_list("status", "merged_into_id"))
        if any(status != OrderStatus.CANCELLED for status, _into in rows):
            return True
        seen |= fresh
        into = {pk for _status, pk in rows if pk}
        fresh = (into | set(Order.objects.filter(origin__in=fresh).values_list("pk", flat=True))) - seen
    return False


def expire_unpaid(*, limit: int = 200) -> int:
    """Cancel open orders whose time to pay ran out; return how many. One transaction each."""
    due = list(
        Order.objects.filter(status=OrderStatus.OPEN, expires_at__lte=now())
        .order_by("expires_at")
        .values_list("pk", flat=True)[:limit]
    )
    count = 0
    for order_id in due:
        with transaction.atomic():
            order = locks.lock_order(order_id)
            still_due = order.status == OrderStatus.OPEN and order.expires_at and order.expires_at <= now()
            if not still_due or order.payment_state not in {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID}:
                continue
            if order.fulfilments.exists():
                continue
            _cancel(order, reason=EXPIRED, restock=True, actor="system")
            count += 1
    return count


def remind_unpaid(*, limit: int = 200) -> int:
    """Remind the buyers of open orders that will soon be cancelled, once each; return how many.

    The reminder is due when a third of the time to pay is left, at most a day before the end: an hour's hold is
    reminded of after forty minutes, a week's a day before.
    """
    instant = now()
    soon = Order.objects.filter(
        status=OrderStatus.OPEN,
        expires_at__gt=instant,
        expires_at__lte=instant + EARLIEST_REMINDER,
        reminded_at__isnull=True,
        payment_state__in=[PaymentState.UNPAID, PaymentState.PARTIALLY_PAID],
    )
    count = 0
    for order_id in list(soon.order_by("expires_at").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            order = locks.lock_order(order_id)
            if order.reminded_at or order.status != OrderStatus.OPEN or order.expires_at is None:
                continue
            if order.payment_state not in {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID}:
                continue
            if order.expires_at - instant > (order.expires_at - order.placed_at) / 3:
                continue
            order.reminded_at = instant
            order.save(update_fields=["reminded_at"])
            publish(PaymentDue(order.pk), reference=order.reference, actor="system")
            count += 1
    return count


def give_money_back(*, order_id: int) -> None:
    """Close a cancelled order's payment: refund what was captured to where it came from, void the rest.

    What was paid for an order that was merged belongs to the one that took it in.
    """
    order = Order.objects.get(pk=order_id)
    if order.status != OrderStatus.CANCELLED or not order.payment_collection_id:
        return
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    payments.void(collection_id=collection.pk, actor="system")
    with transaction.atomic():
        order = locks.lock_order(order_id)
        if order.merged_into_id is not None:
            settle(order_id=order_id)
            return
        # What was promised before is part of the key: a second late payment is a second refund.
        promised = order.refunded_minor - order.offset_minor
        row = refund_cancelled(order, key=f"cancelled:{collection.captured_minor}:{promised}")
    if row is not None:
        carry_out(refund_id=row.pk)
