"""Settling a return: money, store credit, or other goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.orders import locks
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Order, OrderReturn
from duli.commerce.orders.refunding import OrderStanding, RefundPreview, RefundWish, preview
from duli.commerce.orders.services.edit import compute_edit, write_edit
from duli.commerce.orders.services.refund import write_refund
from duli.commerce.orders.services.returns import move
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.states import RETURN_MOVES, ReturnOutcome, ReturnProgress
from duli.commerce.orders.types import AmountChanged, NothingToReturn, ReturnMovedOn


def wish_of(row: OrderReturn, standing: OrderStanding, *, shipping: int, adjustment: int) -> RefundWish:
    """Return what a return gives back: the units that came (or were announced), less those refunded before."""
    left = {line.line_id: line.left for line in standing.lines}
    waits = row.state in {ReturnProgress.REQUESTED, ReturnProgress.APPROVED}
    units = {}
    for line in row.lines.all():
        count = min(line.quantity if waits else line.received_quantity, left.get(line.order_line_id, 0))
        if count:
            units[line.order_line_id] = count
    return RefundWish(units, shipping, adjustment)


def preview_return(*, return_id: int, shipping_minor: int = 0, adjustment_minor: int = 0) -> RefundPreview | None:
    """Return what settling the return would give back; None if all of it was refunded before."""
    row = OrderReturn.objects.select_related("order").get(pk=return_id)
    standing = standing_of(row.order)
    wish = wish_of(row, standing, shipping=shipping_minor, adjustment=adjustment_minor)
    if not wish.units and not shipping_minor and not adjustment_minor:
        return None
    # What does not fit what was paid is refused when the refund is written, not when it is looked at.
    return preview(standing, wish, offset=standing.value_left)


@dataclass(frozen=True, slots=True)
class ExchangePreview:
    """What an exchange comes to, in minor units with tax: `given` for what came back, `cost` of the new goods."""

    given: int
    cost: int

    @property
    def difference(self) -> int:
        """What the shopper pays on top; below zero: what goes back."""
        return self.cost - self.given


def preview_exchange(
    *, return_id: int, replacements: Sequence[AddedLine], shipping_minor: int = 0, adjustment_minor: int = 0
) -> ExchangePreview:
    """Return what an exchange would come to now. Raises what `complete_return` raises about the new goods."""
    row = OrderReturn.objects.select_related("order").get(pk=return_id)
    standing = standing_of(row.order)
    wish = wish_of(row, standing, shipping=shipping_minor, adjustment=adjustment_minor)
    with translation.override(row.order.language):
        result, _added = compute_edit(row.order, EditWish(additions=tuple(replacements)))
    found = _given(standing, wish, result.difference)
    return ExchangePreview(found.amount if found else 0, result.difference)


def _given(standing: OrderStanding, wish: RefundWish, cost: int) -> RefundPreview | None:
    """Return what the goods that came back pay for, given what the new ones cost; None if they give nothing."""
    if not wish.units and not wish.shipping and not wish.adjustment:
        return None
    worth = sum(tax.gross for tax in preview(standing, wish, offset=standing.value_left).taxes)
    return preview(standing, wish, offset=min(worth, cost))


@transaction.atomic
def complete_return(
    *,
    return_id: int,
    outcome: str,
    actor: str,
    shipping_minor: int = 0,
    adjustment_minor: int = 0,
    replacements: Sequence[AddedLine] = (),
    shown_minor: int | None = None,
) -> OrderReturn:
    """Settle a return: "refund" the way it was paid, as "credit", or "exchange" it for `replacements`.

    The same outcome again does nothing. An exchange adds the new lines to the same order; what the returned goods
    cost pays for them, the rest goes back, or the shopper is asked for the difference. Units that were refunded
    before give nothing again. Amounts are minor units with tax; `adjustment_minor` below zero is a fee. `shown_minor`
    is the refund, or the difference of an exchange, that the person decided by. Raises NotFound, ReturnMovedOn,
    NothingToReturn, AmountChanged, NoCustomer, RefundTooLarge, InsufficientStock, VariantGone, InvalidInput.
    """
    order, row = locks.lock_return(return_id)
    if outcome not in {ReturnOutcome.REFUND, ReturnOutcome.CREDIT, ReturnOutcome.EXCHANGE}:
        raise InvalidInput(field="outcome")
    if row.state == ReturnProgress.COMPLETED and row.outcome == outcome:
        return row
    if ReturnProgress.COMPLETED not in RETURN_MOVES.get(row.state, frozenset()):
        raise ReturnMovedOn()
    standing = standing_of(order)
    wish = wish_of(row, standing, shipping=shipping_minor, adjustment=adjustment_minor)
    row.outcome = outcome
    if outcome == ReturnOutcome.EXCHANGE:
        if not replacements:
            raise NothingToReturn()
        _exchange(order, row, standing, wish, replacements, shown_minor, actor)
    elif wish.units or wish.shipping or wish.adjustment:
        found = preview(standing, wish)
        _same(found.amount, shown_minor, order)
        write_refund(
            order,
            found,
            key=f"return:{row.pk}",
            actor=actor,
            credit=found.amount if outcome == ReturnOutcome.CREDIT else 0,
            reason="return",
            order_return=row,
        )
    order = locks.lock_order(order.pk)
    move(order, row, ReturnProgress.COMPLETED, actor)
    return row


def _same(amount: int, shown: int | None, order: Order) -> None:
    if shown is not None and shown != amount:
        raise AmountChanged(amount=Money(amount, order.currency).format(order.language))


def _exchange(
    order: Order,
    row: OrderReturn,
    standing: OrderStanding,
    wish: RefundWish,
    replacements: Sequence[AddedLine],
    shown: int | None,
    actor: str,
) -> None:
    with translation.override(order.language):
        result, added = compute_edit(order, EditWish(additions=tuple(replacements)))
    cost = result.difference
    found = _given(standing, wish, cost)
    _same(cost - (found.amount if found else 0), shown, order)
    if found is not None:
        write_refund(
            order,
            found,
            key=f"return:{row.pk}",
            actor=actor,
            original=max(0, found.amount - cost),
            reason="exchange",
            order_return=row,
        )
        order = locks.lock_order(order.pk)
        with translation.override(order.language):
            result, added = compute_edit(order, EditWish(additions=tuple(replacements)))
    write_edit(order, result, added, actor=actor)
