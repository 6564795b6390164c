"""What staff give away: alone within their role's limit, above it once a second person agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from duli.base.errors import InvalidInput
from duli.base.money import Money, format_money
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Order, OrderRefund, OrderReturn
from duli.commerce.orders.refunding import RefundWish, preview
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services.edit import edit_order, edit_reduction
from duli.commerce.orders.services.exchange import complete_return, preview_exchange, preview_return
from duli.commerce.orders.services.refund import refund, refund_difference
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.states import ReturnOutcome, ReturnProgress
from duli.commerce.orders.types import AmountChanged, RefundLine, StaleOrder
from duli.platform.accounts.approvals import Approved, approvable, needs_approval
from duli.platform.accounts.services import request_approval

REFUND = "orders.refund"
DIFFERENCE = "orders.refund_difference"
EDIT = "orders.edit"
RETURN = "orders.complete_return"
AMOUNTS = (
    (_("Shipping"), "shipping_minor"),
    (_("Goodwill or fee"), "adjustment_minor"),
    (_("As store credit"), "credit_minor"),
)


def described(intent: Mapping[str, Any]) -> str:
    """What a second person is told of a refund: goods and units, and what comes on top, in the active language."""
    told = intent.get("told") or {}
    lines = [f"{title} × {units}" for title, units in told.get("goods", [])]
    for label, name in AMOUNTS:
        if minor := int(intent.get(name) or 0):
            lines.append(f"{label}: {format_money(minor, told.get('currency', ''), get_language() or 'en')}")
    return "\n".join(lines)


@approvable(REFUND, label=_("Refund"), permission="orders.payments", limit="refund", describe=described)
def approved_refund(intent: dict[str, Any], approved: Approved) -> None:
    intent.pop("told", None)
    lines = [RefundLine(**line) for line in intent.pop("lines")]
    refund(**intent, lines=lines, actor=approved.decided_by, idempotency_key=approved.key)


def staff_refund(
    *,
    order_id: int,
    lines: Sequence[RefundLine],
    idempotency_key: str,
    actor: str,
    shown_minor: int | None = None,
    **values: Any,
) -> OrderRefund | None:
    """Refund as `refund` does, or, above the actor's limit, ask a second person: then None is returned.

    What was seen to be within the limit is what is refunded: AmountChanged if the order changed meanwhile.
    """
    order = order_detail(order_id)
    units = {line.order_line_id: line.quantity for line in lines}
    wish = RefundWish(units, values.get("shipping_minor", 0), values.get("adjustment_minor", 0))
    known = OrderRefund.objects.filter(order=order, idempotency_key=f"{order.pk}:{idempotency_key}"[:120]).exists()
    amount = 0 if known else preview(standing_of(order), wish).amount
    if not known:
        if shown_minor not in {None, amount}:
            raise AmountChanged(amount=Money(amount, order.currency).format(order.language))
        shown_minor = amount
    if needs_approval(actor=actor, limit="refund", value=Money(amount, order.currency)):
        titles = dict(order.lines.values_list("pk", "title"))
        goods = [(titles.get(pk, ""), count) for pk, count in units.items() if count]
        told = {"currency": order.currency, "goods": goods}
        intent = {"order_id": order_id, "lines": [asdict(line) for line in lines], "shown_minor": amount, "told": told}
        intent |= values
        request_approval(
            kind=REFUND,
            intent=intent,
            value=Money(amount, order.currency),
            reference=order.reference,
            note=str(values.get("note", "")),
            actor=actor,
        )
        return None
    return refund(
        order_id=order_id,
        lines=lines,
        idempotency_key=idempotency_key,
        actor=actor,
        shown_minor=shown_minor,
        **values,
    )


@approvable(DIFFERENCE, label=_("Refund of an edit's difference"), permission="orders.payments", limit="refund")
def approved_difference(intent: dict[str, Any], approved: Approved) -> None:
    refund_difference(**intent, actor=approved.decided_by, idempotency_key=approved.key)


def staff_refund_difference(*, order_id: int, idempotency_key: str, actor: str) -> bool:
    """Send back what was paid too much as `refund_difference` does; False if it waits for a second person."""
    order = order_detail(order_id)
    standing = standing_of(order)
    too_much = Money(max(0, standing.cash - standing.value_left), order.currency)
    if needs_approval(actor=actor, limit="refund", value=too_much):
        request_approval(
            kind=DIFFERENCE, intent={"order_id": order_id}, value=too_much, reference=order.reference, actor=actor
        )
        return False
    refund_difference(order_id=order_id, idempotency_key=idempotency_key, actor=actor)
    return True


@approvable(EDIT, label=_("Discount in an edit"), permission="orders.edit", limit="discount")
def approved_edit(intent: dict[str, Any], approved: Approved) -> None:
    edit_order(**{**intent, "wish": _wish(intent["wish"])}, actor=approved.decided_by)


def _wish(data: dict[str, Any]) -> EditWish:
    by_line = {
        name: {int(pk): value for pk, value in data[name].items()} for name in ("quantities", "prices", "discounts")
    }
    return EditWish(**{**data, **by_line, "additions": tuple(AddedLine(**line) for line in data["additions"])})


def staff_edit_order(
    *, order_id: int, wish: EditWish, version: int, actor: str, note: str = "", notify: bool = True
) -> Order | None:
    """Change an order as `edit_order` does; None if what it gives away waits for a second person.

    What waits is for the order as it is now: if it changes meanwhile, approving it is refused.
    """
    values: dict[str, Any] = {"order_id": order_id, "version": version, "note": note, "notify": notify}
    order = order_detail(order_id)
    if order.version != version:
        raise StaleOrder()
    reduction = edit_reduction(order_id=order_id, wish=wish)
    if needs_approval(actor=actor, limit="discount", value=reduction):
        request_approval(
            kind=EDIT,
            intent={**values, "wish": asdict(wish)},
            value=reduction,
            reference=order.reference,
            note=note,
            actor=actor,
        )
        return None
    return edit_order(**values, wish=wish, actor=actor)


@approvable(RETURN, label=_("Refund of a return"), permission="orders.payments", limit="refund", describe=described)
def approved_return(intent: dict[str, Any], approved: Approved) -> None:
    intent.pop("told", None)
    replacements = [AddedLine(**line) for line in intent.pop("replacements")]
    complete_return(**intent, replacements=replacements, actor=approved.decided_by)


def staff_complete_return(
    *,
    return_id: int,
    outcome: str,
    actor: str,
    shipping_minor: int = 0,
    adjustment_minor: int = 0,
    replacements: Sequence[AddedLine] = (),
    shown_minor: int | None = None,
) -> bool:
    """Settle a return as `complete_return` does; False if it waits for a second person.

    The new goods of an exchange cost what they cost today: a price of their own is a discount, which an edit gives
    within its own limit. Raises InvalidInput for one.
    """
    if any(line.unit_price_minor is not None for line in replacements):
        raise InvalidInput(field="price")
    row = OrderReturn.objects.select_related("order").get(pk=return_id)
    found = preview_return(return_id=return_id, shipping_minor=shipping_minor, adjustment_minor=adjustment_minor)
    amount = Money(found.amount if found else 0, row.order.currency)
    if row.state != ReturnProgress.COMPLETED:
        comes_to = amount.minor
        if outcome == ReturnOutcome.EXCHANGE and replacements:
            comes_to = preview_exchange(
                return_id=return_id,
                replacements=replacements,
                shipping_minor=shipping_minor,
                adjustment_minor=adjustment_minor,
            ).difference
        if shown_minor not in {None, comes_to}:
            raise AmountChanged(amount=Money(comes_to, row.order.currency).format(row.order.language))
        # What the limit was asked about, or a second person agrees to, is what happens.
        shown_minor = comes_to
    values: dict[str, Any] = {
        "return_id": return_id,
        "outcome": outcome,
        "shipping_minor": shipping_minor,
        "adjustment_minor": adjustment_minor,
        "shown_minor": shown_minor,
    }
    if needs_approval(actor=actor, limit="refund", value=amount):
        goods = row.lines.values_list("order_line__title", "received_quantity", "quantity")
        told = {"currency": row.order.currency, "goods": [(title, came or asked) for title, came, asked in goods]}
        intent = {**values, "replacements": [asdict(line) for line in replacements], "told": told}
        request_approval(kind=RETURN, intent=intent, value=amount, reference=row.order.reference, actor=actor)
        return False
    complete_return(**values, replacements=replacements, actor=actor)
    return True
