"""Giving money back: what is taken back of the order, how, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum

from duli.base.clock import now
from duli.base.errors import Conflict, DuliError, InvalidInput, sentence
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.customers import services as customers
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location, StockMovement
from duli.commerce.inventory.types import StockRequest
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderRefunded, OrderRefundFailed
from duli.commerce.orders.jobs import carry_out_refund
from duli.commerce.orders.models import Order, OrderLine, OrderRefund, OrderRefundLine, OrderReturn, RefundPayment
from duli.commerce.orders.parts import stock_of_line
from duli.commerce.orders.refunding import RefundPreview, RefundWish, everything, preview
from duli.commerce.orders.services.bought_cards import take_back_units
from duli.commerce.orders.services.fulfil import recompute_fulfilment
from duli.commerce.orders.services.owed import ask_for
from duli.commerce.orders.services.settle import settle
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.states import OrderStatus, RefundProgress
from duli.commerce.orders.types import AmountChanged, NoCustomer, RefundLine
from duli.commerce.payments import services as payments
from duli.commerce.payments.states import RefundState
from duli.commerce.payments.types import IdempotencyConflict
from duli.platform.events.services import publish


@transaction.atomic
def refund(
    *,
    order_id: int,
    lines: Sequence[RefundLine],
    idempotency_key: str,
    actor: str,
    shipping_minor: int = 0,
    adjustment_minor: int = 0,
    credit_minor: int = 0,
    location_id: int | None = None,
    reason: str = "",
    note: str = "",
    shown_minor: int | None = None,
) -> OrderRefund:
    """Take units, shipping or a sum back and send the money: `credit_minor` of it as store credit, the rest as paid.

    All amounts are minor units of the order's currency with tax; `adjustment_minor` below zero is a fee that is kept.
    The same key again returns the same refund. Units that have not left are never shipped; with `restock` they go
    back on sale, else they are written off, and units that have left are put on hand at `location_id`. A job asks the
    provider. `shown_minor` is what the person saw: AmountChanged if it is another sum now. Raises NotFound,
    TooManyToRefund, NothingToRefund, RefundTooLarge, NoCustomer, InvalidInput, IdempotencyConflict, GiftCardUsed.
    """
    order = locks.lock_order(order_id)
    wish = RefundWish(_units(lines), shipping_minor, adjustment_minor)
    existing = _existing(order, idempotency_key, wish, credit_minor)
    if existing is not None:
        return existing
    found = preview(standing_of(order), wish)
    if shown_minor is not None and shown_minor != found.amount:
        raise AmountChanged(amount=Money(found.amount, order.currency).format(order.language))
    return write_refund(
        order,
        found,
        key=idempotency_key,
        actor=actor,
        credit=credit_minor,
        restock=frozenset(line.order_line_id for line in lines if line.restock),
        location_id=location_id,
        reason=reason,
        note=note,
    )


def _units(lines: Sequence[RefundLine]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line.order_line_id] = units.get(line.order_line_id, 0) + line.quantity
    return units


def _key(order: Order, key: str) -> str:
    return f"{order.pk}:{key}"[:120]


def _existing(order: Order, key: str, wish: RefundWish, credit: int) -> OrderRefund | None:
    row = OrderRefund.objects.filter(idempotency_key=_key(order, key)).first()
    if row is None:
        return None
    units = {line.order_line_id: line.quantity for line in row.lines.all()}
    wanted = {line_id: quantity for line_id, quantity in wish.units.items() if quantity}
    same = (units, row.shipping_minor, row.adjustment_minor, row.credit_minor)
    if same != (wanted, wish.shipping, wish.adjustment, credit):
        raise IdempotencyConflict()
    return row


def write_refund(
    order: Order,
    found: RefundPreview,
    *,
    key: str,
    actor: str,
    credit: int = 0,
    original: int | None = None,
    restock: frozenset[int] = frozenset(),
    location_id: int | None = None,
    reason: str = "",
    note: str = "",
    order_return: OrderReturn | None = None,
    moves_stock: bool = True,
) -> OrderRefund:
    """Write a previewed refund of a locked order, in the caller's transaction.

    `original` is what goes back the way it was paid (None: all but the credit); what neither covers is the offset.
    """
    if credit and not order.customer_id:
        raise NoCustomer()
    sent = found.amount - credit if original is None else original
    if credit < 0 or sent < 0:
        raise InvalidInput(field="credit")
    if location_id is not None and not Location.objects.filter(pk=location_id).exists():
        raise InvalidInput(field="location")
    row = OrderRefund.objects.create(
        order=order,
        order_return=order_return,
        idempotency_key=_key(order, key),
        state=RefundProgress.PENDING if sent else RefundProgress.SUCCEEDED,
        goods_minor=found.goods,
        shipping_minor=found.shipping,
        shipping_tax_minor=found.shipping_tax,
        adjustment_minor=found.adjustment,
        amount_minor=found.amount,
        tax_minor=found.tax,
        taxes=[
            {"name": tax.name, "rate": str(tax.rate), "gross": tax.gross, "net": tax.net, "tax": tax.tax}
            for tax in found.taxes
        ],
        original_minor=sent,
        credit_minor=credit,
        offset_minor=found.amount - credit - sent,
        reason=reason[:40],
        note=one_line(note, 500),
        actor=actor,
        created_at=now(),
    )
    rows = {line.pk: line for line in order.lines.all()}
    OrderRefundLine.objects.bulk_create(
        OrderRefundLine(
            refund=row,
            order_line_id=line.line_id,
            quantity=line.quantity,
            total_minor=line.total,
            tax_minor=line.tax,
            restock=line.line_id in restock,
            location_id=location_id if line.line_id in restock else None,
        )
        for line in found.lines
    )
    never_sent, came_back = _take_back(rows, found, from_parcels=order_return is not None)
    order.refunded_minor += found.amount
    order.credited_minor += credit
    order.offset_minor += row.offset_minor
    order.save(update_fields=["refunded_minor", "credited_minor", "offset_minor"])
    if never_sent:
        recompute_fulfilment(order)
    take_back_units(order, {line.line_id: line.quantity for line in found.lines}, actor=actor)
    _publish(order, row, found, rows, actor)
    if credit:
        customers.change_credit(
            customer_id=order.customer_id or 0,
            amount=Money(credit, order.currency),
            reason="refund",
            actor=actor,
            idempotency_key=f"refund:{row.pk}",
            reference=order.reference,
        )
    if sent:
        carry_out_refund.enqueue(refund_id=row.pk)
    if row.offset_minor and order.status != OrderStatus.CANCELLED:
        ask_for(order, actor=actor)
    settle(order_id=order.pk, actor=actor)
    order.refresh_from_db()
    if order_return is not None:
        # What came back was put on sale or written off at the inspection; what never left is simply free again.
        restock, came_back = frozenset(never_sent), {}
    if moves_stock:
        _move_stock(order, rows, never_sent, came_back, restock, location_id, actor)
    return row


def _take_back(
    rows: dict[int, OrderLine], found: RefundPreview, *, from_parcels: bool
) -> tuple[dict[int, int], dict[int, int]]:
    """Note on the lines what was refunded; return units that are now never sent, and units that had left.

    A refund takes what has not left first; one that belongs to a return takes what has.
    """
    never_sent: dict[int, int] = {}
    came_back: dict[int, int] = {}
    for entry in found.lines:
        line = rows[entry.line_id]
        out = line.fulfilled_quantity - (line.refunded_quantity - line.cancelled_quantity)
        home = min(entry.quantity, line.to_ship)
        if from_parcels:
            home = entry.quantity - min(entry.quantity, max(0, out))
        line.refunded_quantity += entry.quantity
        line.refunded_minor += entry.total
        line.refunded_tax_minor += entry.tax
        line.cancelled_quantity += home
        line.save(update_fields=["refunded_quantity", "refunded_minor", "refunded_tax_minor", "cancelled_quantity"])
        if home:
            never_sent[line.pk] = home
        if entry.quantity - home:
            came_back[line.pk] = entry.quantity - home
    return never_sent, came_back


def _publish(order: Order, row: OrderRefund, found: RefundPreview, rows: dict[int, OrderLine], actor: str) -> None:
    publish(
        OrderRefunded(
            order_id=order.pk,
            refund_id=row.pk,
            amount_minor=row.amount_minor,
            tax_minor=row.tax_minor,
            original_minor=row.original_minor,
            credit_minor=row.credit_minor,
            offset_minor=row.offset_minor,
            shipping_minor=row.shipping_minor,
            adjustment_minor=row.adjustment_minor,
            currency=order.currency,
            reason=row.reason,
            lines=tuple(
                {
                    "line_id": line.line_id,
                    "title": rows[line.line_id].title,
                    "quantity": line.quantity,
                    "total_minor": line.total,
                    "tax_minor": line.tax,
                }
                for line in found.lines
            ),
            taxes=tuple(row.taxes),
        ),
        reference=order.reference,
        actor=actor,
    )


def _requests(rows: dict[int, OrderLine], units: dict[int, int]) -> list[StockRequest]:
    return [
        request for line_id, quantity in sorted(units.items()) for request in stock_of_line(rows[line_id], quantity)
    ]


def _move_stock(
    order: Order,
    rows: dict[int, OrderLine],
    never_sent: dict[int, int],
    came_back: dict[int, int],
    restock: frozenset[int],
    location_id: int | None,
    actor: str,
) -> None:
    """Put units back on sale or write them off; last, because stock levels are the hot rows."""
    inventory.rearrange(
        reference=order.reference,
        give_back=_requests(rows, {line: units for line, units in never_sent.items() if line in restock}),
        actor=actor,
    )
    written_off = inventory.rearrange(
        reference=order.reference,
        give_back=_requests(rows, {line: units for line, units in never_sent.items() if line not in restock}),
        actor=actor,
    )
    for variant_id, place_id, units in written_off:
        inventory.adjust(
            variant_id=variant_id,
            location_id=place_id,
            change=-units,
            reason=StockMovement.Reason.DAMAGED,
            actor=actor,
            reference=order.reference,
        )
    returned = _requests(rows, {line: units for line, units in came_back.items() if line in restock})
    if not returned:
        return
    place = location_id or Location.objects.filter(is_active=True).values_list("pk", flat=True).first()
    if place is None:
        raise InvalidInput(field="location")
    inventory.restock(
        requests=returned,
        location_id=place,
        reference=order.reference,
        reason=StockMovement.Reason.RETURNED,
        actor=actor,
    )


def carry_out(*, refund_id: int) -> OrderRefund:
    """Send a refund's money through the payments it came by; safe to call any number of times.

    Each part is stored with its key before a provider is asked, so that nothing goes back twice. What a provider
    refuses leaves the refund "failed". Never inside a transaction.
    """
    for part_id in _plan(refund_id):
        part = RefundPayment.objects.select_related("refund__order").get(pk=part_id)
        order = part.refund.order
        error = ""
        try:
            sent = payments.refund(
                collection_id=order.payment_collection_id or 0,
                amount=Money(part.amount_minor, order.currency),
                actor=part.refund.actor,
                idempotency_key=f"order_refund:{part.pk}",
                reason=part.refund.reason or "refund",
            )
            RefundPayment.objects.filter(pk=part.pk).update(payment_refund=sent)
        except DuliError as refused:
            error = sentence(refused)
            RefundPayment.objects.filter(pk=part.pk).update(error=error[:500])
    return restate_refund(refund_id=refund_id)


@transaction.atomic
def _plan(refund_id: int) -> list[int]:
    """Return the parts that still have to be asked for; what no part covers yet is divided now."""
    order, row = locks.lock_refund(refund_id)
    live = row.payments.filter(replaced=False)
    covered = live.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    left = row.original_minor - covered
    if left > 0 and order.payment_collection_id:
        try:
            parts = payments.parts_of_refund(
                collection_id=order.payment_collection_id, amount=Money(left, order.currency)
            )
        except DuliError as refused:
            RefundPayment.objects.create(refund=row, amount_minor=left, error=sentence(refused)[:500])
        else:
            RefundPayment.objects.bulk_create(RefundPayment(refund=row, amount_minor=part.minor) for part in parts)
    return list(live.filter(payment_refund__isnull=True, error="").values_list("pk", flat=True))


@transaction.atomic
def restate_refund(*, refund_id: int) -> OrderRefund:
    """Bring a refund's state in line with its parts; publish OrderRefundFailed once when it failed."""
    order, row = locks.lock_refund(refund_id)
    parts = list(row.payments.filter(replaced=False).select_related("payment_refund"))
    failed = [
        part
        for part in parts
        if part.error or (part.payment_refund and part.payment_refund.state == RefundState.FAILED)
    ]
    done = [part for part in parts if part.payment_refund and part.payment_refund.state == RefundState.SUCCEEDED]
    state = RefundProgress.PENDING
    if failed:
        state = RefundProgress.FAILED
    elif sum(part.amount_minor for part in done) >= row.original_minor:
        state = RefundProgress.SUCCEEDED
    if state == row.state:
        return row
    row.state = state
    row.save(update_fields=["state"])
    if state == RefundProgress.FAILED:
        publish(
            OrderRefundFailed(
                order_id=order.pk,
                refund_id=row.pk,
                amount_minor=sum(part.amount_minor for part in failed),
                currency=order.currency,
                error=" ".join(
                    filter(
                        None,
                        [
                            part.error or (part.payment_refund.error_message if part.payment_refund else "")
                            for part in failed
                        ],
                    )
                )[:500],
            ),
            reference=order.reference,
            actor="system",
        )
    return row


def restate_refunds_of(*, order_id: int) -> None:
    """Restate those refunds of an order that wait for news, in the caller's transaction."""
    waiting = OrderRefund.objects.filter(order_id=order_id, state=RefundProgress.PENDING, original_minor__gt=0)
    for pk in waiting.values_list("pk", flat=True):
        restate_refund(refund_id=pk)


@transaction.atomic
def retry_refund(*, refund_id: int, actor: str) -> OrderRefund:
    """Try again what a provider refused, under a new key. NotFound; Conflict if nothing of it failed."""
    _order, row = locks.lock_refund(refund_id)
    if row.state != RefundProgress.FAILED:
        raise Conflict()
    for part in row.payments.filter(replaced=False).select_related("payment_refund"):
        if part.error or (part.payment_refund and part.payment_refund.state == RefundState.FAILED):
            part.replaced = True
            part.save(update_fields=["replaced"])
    row.state = RefundProgress.PENDING
    row.actor = actor
    row.save(update_fields=["state", "actor"])
    carry_out_refund.enqueue(refund_id=row.pk)
    return row


@transaction.atomic
def refund_difference(*, order_id: int, idempotency_key: str, actor: str, reason: str = "") -> OrderRefund | None:
    """Send back what was paid beyond the order's total, such as after an edit; None if there is nothing.

    No line is taken back, so no tax: the cheaper order already shows it.
    """
    order = locks.lock_order(order_id)
    existing = OrderRefund.objects.filter(idempotency_key=_key(order, idempotency_key)).first()
    if existing is not None:
        return existing
    standing = standing_of(order)
    too_much = standing.cash - standing.value_left
    if too_much <= 0:
        return None
    return write_refund(
        order, _nothing(order.currency), key=idempotency_key, actor=actor, original=too_much, reason=reason
    )


def _nothing(currency: str) -> RefundPreview:
    return RefundPreview(currency, (), 0, 0, 0, 0, 0, 0, (), 0)


@transaction.atomic
def refund_cancelled(order: Order, *, key: str) -> OrderRefund | None:
    """Give back all that was paid for a locked, cancelled order; None if nothing was. Its stock is not touched."""
    existing = OrderRefund.objects.filter(idempotency_key=_key(order, key)).first()
    if existing is not None:
        return existing
    standing = standing_of(order)
    if standing.cash <= 0:
        return None
    found = _nothing(order.currency)
    if standing.cash >= standing.value_left > 0:
        found = preview(standing, everything(standing))
    return write_refund(
        order,
        found,
        key=key,
        actor="system",
        original=standing.cash,
        reason="order_cancelled",
        moves_stock=False,
    )
