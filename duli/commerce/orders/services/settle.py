"""What money does to an order: its payment state is recomputed from the collection, never guessed."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction

from duli.base.clock import now
from duli.commerce.catalogue.services import count_sales
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.types import InsufficientStock, StockRequest
from duli.commerce.orders import locks
from duli.commerce.orders.events import LatePaymentReceived, OrderPaid, OrderPaymentStateChanged
from duli.commerce.orders.jobs import forward_money, return_money
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.parts import stock_of, stock_of_line
from duli.commerce.orders.states import TEST_SOURCE, FulfilmentState, OrderStatus, PaymentState, payment_state_of
from duli.commerce.payments.models import PaymentCollection
from duli.platform.events.services import publish

EXPIRED = "expired"
_SHIPPED = {FulfilmentState.FULFILLED, FulfilmentState.DELIVERED, FulfilmentState.NOT_NEEDED}
_SETTLED = {PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDED}
_OWED = {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID}


def restate(order: Order) -> None:
    """Complete an open order once it is paid and shipped; reopen it if that is not so any more."""
    settled = order.payment_state in _SETTLED and order.paid_at is not None
    if order.status == OrderStatus.OPEN and settled and order.fulfilment_state in _SHIPPED:
        order.status = OrderStatus.COMPLETED
    elif order.status == OrderStatus.COMPLETED and (
        order.payment_state in _OWED or order.fulfilment_state not in _SHIPPED
    ):
        order.status = OrderStatus.OPEN


@transaction.atomic
def settle(*, order_id: int, actor: str = "system") -> Order:
    """Bring the order's payment state in line with its collection; safe to call any number of times.

    The first time it is fully paid its stock is allocated for good and OrderPaid is published. Money for an
    order that ran out of time revives it if the goods are still there; money for one that was merged goes on to the
    order that took it in; any other money for a cancelled order goes back.
    """
    order = locks.lock_order(order_id)
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id) if order.payment_collection_id else None
    captured = collection.captured_minor if collection else 0
    refunded = (collection.refunded_minor if collection else 0) + order.credited_minor
    if order.merged_into_id is not None:
        if collection and captured > collection.refunded_minor:
            forward_money.enqueue(order_id=order.pk)
        return order
    promised = max(refunded, order.refunded_minor - order.offset_minor)
    if order.status == OrderStatus.CANCELLED and captured > promised:
        _late_money(order, captured, actor)
    before = order.payment_state
    order.payment_state = payment_state_of(
        total=order.total_minor,
        authorised=collection.authorised_minor if collection else 0,
        captured=captured,
        refunded=refunded,
        offset=order.offset_minor,
        review=bool(collection and collection.state == "review"),
        cancelled=order.status == OrderStatus.CANCELLED,
    )
    secured = order.payment_state in {PaymentState.PAID, PaymentState.AUTHORISED}
    if secured and order.status == OrderStatus.OPEN:
        _secure_stock(order, actor)
        order.expires_at = None
    first_paid = (
        order.payment_state == PaymentState.PAID and order.paid_at is None and order.status != OrderStatus.CANCELLED
    )
    if first_paid:
        order.paid_at = now()
    restate(order)
    order.version += 1
    order.save(
        update_fields=[
            "status", "payment_state", "paid_at", "expires_at", "cancelled_at", "cancel_reason", "version"
        ]
    )  # fmt: skip
    if first_paid:
        publish(OrderPaid(order.pk, captured, order.currency), reference=order.reference, actor=actor)
        record_sales(order, 1)
    elif before != order.payment_state:
        publish(
            OrderPaymentStateChanged(order.pk, before, order.payment_state),
            reference=order.reference,
            actor=actor,
        )
    return order


def record_sales(order: Order, sign: int) -> None:
    """Count the order's units as sold (sign 1), or take them back (sign -1); a test sells nothing."""
    if order.source == TEST_SOURCE:
        return
    units: dict[int, int] = defaultdict(int)
    demand: dict[int, int] = defaultdict(int)
    for product_id, variant_id, parts, quantity in order.lines.values_list(
        "product_id", "variant_id", "parts", "quantity"
    ):
        if product_id:
            units[product_id] += sign * quantity
        for request in stock_of(variant_id, parts, quantity):
            demand[request.variant_id] += sign * request.quantity
    count_sales(quantities=units)
    inventory.count_demand(quantities=demand, at=order.placed_at)


def stock_requests(order: Order) -> list[StockRequest]:
    """What the order still needs from stock."""
    rows = OrderLine.objects.filter(order=order, variant__isnull=False)
    return [request for row in rows if row.to_ship > 0 for request in stock_of_line(row, row.to_ship)]


def _secure_stock(order: Order, actor: str) -> None:
    """Make the order's holds permanent; should they have lapsed, take the goods again, or say that they are gone."""
    if inventory.allocate(reference=order.reference):
        return
    lapsed = Reservation.objects.filter(reference=order.reference, state=Reservation.State.RELEASED)
    if order.fulfilments.exists() or not lapsed.exists():
        return
    try:
        with transaction.atomic():
            inventory.reserve(
                requests=stock_requests(order),
                reference=order.reference,
                expires_at=None,
                actor=actor,
                location_id=order.pickup_location_id,
            )
    except InsufficientStock:
        order.status = OrderStatus.CANCELLED
        order.cancelled_at = now()
        order.cancel_reason = "sold_out"
        publish(
            LatePaymentReceived(order.pk, order.total_minor, "refund_due"),
            reference=order.reference,
            actor=actor,
        )
        return_money.enqueue(order_id=order.pk)


def _late_money(order: Order, captured: int, actor: str) -> None:
    if order.cancel_reason == EXPIRED and captured >= order.total_minor:
        try:
            with transaction.atomic():
                inventory.reserve(
                    requests=stock_requests(order),
                    reference=order.reference,
                    expires_at=None,
                    actor=actor,
                    location_id=order.pickup_location_id,
                )
        except InsufficientStock:
            pass
        else:
            order.status = OrderStatus.OPEN
            order.cancelled_at = None
            order.cancel_reason = ""
            publish(LatePaymentReceived(order.pk, captured, "revived"), reference=order.reference, actor=actor)
            return
    if order.payment_state == PaymentState.VOIDED:
        publish(LatePaymentReceived(order.pk, captured, "refund_due"), reference=order.reference, actor=actor)
    return_money.enqueue(order_id=order.pk)
