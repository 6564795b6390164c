"""Orders of one customer become one: goods, money and stock go over, to the last unit and minor unit."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.inventory import services as inventory
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderMerged
from duli.commerce.orders.jobs import return_money
from duli.commerce.orders.merging import emptied, invoiced, own_problem, problem, together, too_many_lines
from duli.commerce.orders.models import Order, OrderTag
from duli.commerce.orders.services.edit import HOLD_GRACE
from duli.commerce.orders.services.owed import ask_for
from duli.commerce.orders.services.settle import record_sales, settle
from duli.commerce.orders.services.value import recount_customer
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState, RiskLevel, fulfilment_state_of
from duli.commerce.orders.types import AlreadyInvoiced, NotMergeable
from duli.commerce.payments import services as payments
from duli.commerce.payments.models import PaymentCollection
from duli.platform.events.services import publish

MERGED = "merged"
MOST_MERGED = 20
_SUMS = ("subtotal_minor", "discount_minor", "shipping_minor", "tax_minor", "total_minor")
_RISKS = [RiskLevel.NONE, RiskLevel.MEDIUM, RiskLevel.HIGH]


@transaction.atomic
def merge(*, order_id: int, other_ids: Sequence[int], actor: str) -> Order:
    """Let the goods, the money and the held stock of other orders belong to this one, and return it.

    All of them are open, nothing of them has left, and customer, addresses, market and currency are the same. The
    others stay as empty, cancelled orders that point here; whatever is still paid for them comes here too. Every sum
    is the sum of all, per tax rate; shipping that was charged twice stays so until somebody edits it. All or nothing.
    NotFound, InvalidInput, NotMergeable, AlreadyInvoiced.
    """
    wanted = sorted(set(other_ids))
    if not 0 < len(wanted) <= MOST_MERGED or order_id in wanted:
        raise InvalidInput(field="orders")
    found = locks.lock_orders([order_id, *wanted])
    order = found[order_id]
    reason = own_problem(order)
    if reason:
        raise NotMergeable(number=order.number, reason=reason)
    if number := invoiced(list(found)):
        raise AlreadyInvoiced(number=number)
    if too_many_lines(list(found)):
        raise InvalidInput(field="orders")
    for pk in wanted:
        reason = problem(order, found[pk])
        if reason:
            raise NotMergeable(number=found[pk].number, reason=reason)
    for pk in wanted:
        order = _take_in(order, found[pk], actor)
    if order.customer_id:
        recount_customer(customer_id=order.customer_id)
    return order


def _take_in(order: Order, other: Order, actor: str) -> Order:
    for one in (order, other):
        if one.paid_at:
            record_sales(one, -1)
    total, paid = other.total_minor, _paid(other)
    position = (order.lines.aggregate(last=Max("position"))["last"] or 0) + 1
    for number, line in enumerate(other.lines.all()):
        line.order, line.position = order, position + number
        line.save(update_fields=["order", "position"])
    for name in _SUMS:
        setattr(order, name, getattr(order, name) + getattr(other, name))
        setattr(other, name, 0)
    order.quote, other.quote = together(order.quote, other.quote), emptied(other.quote)
    _notes(order, other)
    if not order.shipping_method_code:
        order.shipping_method_code, order.shipping_method_name = other.shipping_method_code, other.shipping_method_name
    order.expires_at = max(order.expires_at, other.expires_at) if order.expires_at and other.expires_at else None
    order.fulfilment_state = fulfilment_state_of(
        order.lines.filter(requires_shipping=True).values_list("quantity", "fulfilled_quantity"), ()
    )
    order.version += 1
    order.save()
    _close(other, order)
    inventory.hand_over(reference=other.reference, to_reference=order.reference)
    _bring_money(order, other, actor)
    ask_for(order, actor=actor)
    if order.paid_at:
        record_sales(order, 1)
    _tell(order, other, total, paid, actor)
    order = settle(order_id=order.pk, actor=actor)
    if order.expires_at is None:
        inventory.allocate(reference=order.reference)
    else:
        inventory.extend(reference=order.reference, expires_at=order.expires_at + HOLD_GRACE)
    return order


def _paid(order: Order) -> int:
    return PaymentCollection.objects.get(pk=order.payment_collection_id or 0).captured_minor


def _notes(order: Order, other: Order) -> None:
    """Keep what the shopper wrote, what staff tagged, and what looked risky."""
    if other.note.strip():
        order.note = "\n".join(filter(None, [order.note, f"#{other.number}: {other.note}"]))
    new = [word for word in other.tags if word not in order.tags]
    order.tags = [*order.tags, *new]
    OrderTag.objects.bulk_create([OrderTag(order=order, name=word, placed_at=order.placed_at) for word in new])
    if _RISKS.index(RiskLevel(other.risk)) > _RISKS.index(RiskLevel(order.risk)):
        order.risk, order.risk_reasons, order.risk_cleared_at = other.risk, other.risk_reasons, other.risk_cleared_at


def _close(other: Order, order: Order) -> None:
    other.status = OrderStatus.CANCELLED
    other.payment_state = PaymentState.VOIDED
    other.fulfilment_state = FulfilmentState.NOT_NEEDED
    other.cancelled_at = now()
    other.cancel_reason = MERGED
    other.expires_at = None
    other.merged_into = order
    other.version += 1
    other.save()
    # Nobody should pay the empty order any more; what is open at a provider is closed there.
    return_money.enqueue(order_id=other.pk)


def _bring_money(order: Order, other: Order, actor: str) -> int:
    """Let what was paid for the empty order count for this one; return how much it was."""
    source = PaymentCollection.objects.get(pk=other.payment_collection_id or 0)
    target = PaymentCollection.objects.get(pk=order.payment_collection_id or 0)
    left = source.captured_minor - source.refunded_minor
    if left > 0:
        came = Money(left, order.currency)
        asks = max(order.total_minor - order.offset_minor, target.captured_minor + left)
        payments.reassign(
            source_id=source.pk,
            target_id=target.pk,
            amount=came,
            source_asks=Money(source.amount_minor, source.currency),
            target_asks=Money(asks, order.currency),
            actor=actor,
        )
    return left


def _tell(order: Order, other: Order, total: int, paid: int, actor: str) -> None:
    for one, relative in ((order, other), (other, order)):
        publish(
            OrderMerged(
                order_id=one.pk,
                other_id=relative.pk,
                other_number=relative.number or "",
                is_kept=one is order,
                total_minor=total,
                paid_minor=paid,
                currency=order.currency,
            ),
            reference=one.reference,
            actor=actor,
        )


@transaction.atomic
def forward_money(*, order_id: int) -> Order | None:
    """Let money that still came for a merged order count for the order that took it in; None if there is none."""
    kept_id = order_id
    while (into := Order.objects.filter(pk=kept_id).values_list("merged_into_id", flat=True).first()) is not None:
        kept_id = into
    if kept_id == order_id:
        return None
    found = locks.lock_orders([order_id, kept_id])
    kept = found[kept_id]
    if _bring_money(kept, found[order_id], "system") <= 0:
        return None
    return settle(order_id=kept_id)
