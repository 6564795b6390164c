"""One order becomes two: units, sums, what is owed and what is held are divided to the last unit and minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from duli.base.errors import InvalidInput
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.inventory import services as inventory
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderSplit
from duli.commerce.orders.merging import invoiced
from duli.commerce.orders.models import Order, OrderLine, OrderTag, ReturnLine
from duli.commerce.orders.parts import stock_of_line
from duli.commerce.orders.services.owed import some_method
from duli.commerce.orders.services.settle import settle
from duli.commerce.orders.standing import cash_of, standing_of
from duli.commerce.orders.states import OrderStatus, PaymentState, ReturnState, fulfilment_state_of
from duli.commerce.orders.types import (
    AlreadyInvoiced,
    BelowRefunded,
    FulfilLine,
    LineIsFixed,
    NotDivisible,
    OrderClosed,
    TooManyUnits,
)
from duli.commerce.payments import services as payments
from duli.commerce.payments.gift_cards import GiftCardFixed
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.types import UnknownMethod
from duli.commerce.pricing.serialise import taxes_of_part
from duli.platform.events.services import publish

_SUMS = ("subtotal_minor", "discount_minor", "tax_minor", "total_minor")


@transaction.atomic
def split(*, order_id: int, lines: Sequence[FulfilLine], actor: str) -> Order:
    """Move units that are not shipped yet into an order of their own, and return it; shipping stays with the first.

    Both together are to the minor unit what the one was, line by line and rate by rate. What was paid covers the
    first one, the rest of it the second: each can be refunded by itself, through the payment it came by. `merge`
    takes it back. Lines of which something was refunded or sent back stay. Raises OrderClosed, NotDivisible,
    AlreadyInvoiced, LineIsFixed, GiftCardFixed, BelowRefunded, TooManyUnits, InvalidInput, NotFound.
    """
    order = locks.lock_order(order_id)
    if order.status != OrderStatus.OPEN:
        raise OrderClosed()
    collection = PaymentCollection.objects.filter(pk=order.payment_collection_id or 0).first()
    if collection is None or order.payment_state in {PaymentState.AUTHORISED, PaymentState.REVIEW}:
        raise NotDivisible()
    if invoiced([order.pk]):
        raise AlreadyInvoiced(number=order.number)
    moved = _wanted(order, lines)
    before = {name: getattr(order, name) for name in _SUMS}
    other = _offshoot(order)
    rows = _divide(order, other, moved)
    for name in _SUMS:
        setattr(other, name, sum(getattr(row, name) for row in rows))
        setattr(order, name, before[name] - getattr(other, name))
    order.quote, other.quote = _quotes(order, other, rows)
    for one in (order, other):
        one.fulfilment_state = fulfilment_state_of(
            one.lines.filter(requires_shipping=True).values_list(
                F("quantity") - F("cancelled_quantity"), "fulfilled_quantity"
            ),
            one.fulfilments.values_list("state", flat=True),
        )
        one.version += 1
    if any(gross < 0 or tax < 0 for gross, tax in standing_of(order).left().values()):
        raise BelowRefunded()
    other.payment_collection_id = _second_collection(order, other, collection.method_code)
    order.save()
    other.save()
    requests = [request for row in rows for request in stock_of_line(row, row.quantity)]
    inventory.hand_over(reference=order.reference, to_reference=other.reference, requests=requests)
    _divide_money(order, other, collection, actor)
    for one, relative in ((order, other), (other, order)):
        publish(OrderSplit(one.pk, relative.pk, relative.number or ""), reference=one.reference, actor=actor)
        settle(order_id=one.pk, actor=actor)
    return Order.objects.get(pk=other.pk)


def _second_collection(order: Order, other: Order, method_code: str) -> int:
    def opened(method: str) -> int:
        return payments.open_collection(
            reference=other.reference,
            label=other.number or "",
            amount=Money(other.total_minor, other.currency),
            method_code=method,
            return_url=f"/orders/{other.token}",
            language=order.language,
        ).pk

    try:
        return opened(method_code)
    except UnknownMethod:
        # The way it was paid is switched off by now; whatever is still owed is paid another way.
        return opened(some_method(other))


def _divide_money(order: Order, other: Order, collection: PaymentCollection, actor: str) -> None:
    """Let what was paid cover the first order; what is left of it belongs to the second."""
    captured = collection.captured_minor
    spare = captured + order.offset_minor - order.total_minor
    goes = max(0, min(spare, other.total_minor, cash_of(order)))
    payments.reassign(
        source_id=collection.pk,
        target_id=other.payment_collection_id or 0,
        amount=Money(goes, order.currency),
        source_asks=Money(max(order.total_minor - order.offset_minor, captured - goes), order.currency),
        target_asks=Money(other.total_minor, order.currency),
        actor=actor,
    )


def _wanted(order: Order, lines: Sequence[FulfilLine]) -> dict[int, int]:
    """Return units per line that are to be moved; something has to move, and something has to stay."""
    rows = {row.pk: row for row in order.lines.all()}
    moved: dict[int, int] = {}
    for line in lines:
        if line.quantity < 0 or line.order_line_id not in rows:
            raise InvalidInput(field="quantity")
        if line.quantity:
            moved[line.order_line_id] = moved.get(line.order_line_id, 0) + line.quantity
    sent_back = set(ReturnLine.objects.filter(order_line__order=order).values_list("order_line_id", flat=True))
    for pk, units in moved.items():
        if rows[pk].is_gift_card:
            raise GiftCardFixed(title=rows[pk].title)
        if rows[pk].refunded_quantity or pk in sent_back:
            raise LineIsFixed(title=rows[pk].title)
        if units > rows[pk].to_ship:
            raise TooManyUnits(left=rows[pk].to_ship, title=rows[pk].title)
    if not moved or sum(moved.values()) >= sum(row.quantity for row in rows.values()):
        raise InvalidInput(field="quantity")
    return moved


def _offshoot(order: Order) -> Order:
    """Write the second order: everything of the first but its goods and sums."""
    count = order.offshoots.count() + 1
    other = Order.objects.get(pk=order.pk)
    other.pk = None
    other.token = new_token()
    other.number = f"{order.number}-{count}"
    other.idempotency_key = f"split:{order.pk}:{count}"
    other.payment_collection_id = None
    other.origin_id = order.pk
    other.shipping_minor = 0
    other.refunded_minor = other.credited_minor = other.offset_minor = 0
    other.return_state = ReturnState.NONE
    other.version = 0
    other.save(force_insert=True)
    OrderTag.objects.bulk_create([OrderTag(order=other, name=name, placed_at=other.placed_at) for name in other.tags])
    return other


def _divide(order: Order, other: Order, moved: dict[int, int]) -> list[OrderLine]:
    """Move the units; a line of which some stay is divided in proportion, and both parts add up to it."""
    result = []
    for row in order.lines.filter(pk__in=moved):
        units = moved[row.pk]
        if units == row.quantity:
            row.order = other
            row.save(update_fields=["order"])
            result.append(row)
            continue
        part = OrderLine.objects.get(pk=row.pk)
        part.pk, part.order, part.quantity, part.fulfilled_quantity = None, other, units, 0
        row.quantity -= units
        for name in _SUMS:
            whole = Money(getattr(row, name), order.currency)
            share = whole.allocate([units, row.quantity])[0].minor if whole else 0
            setattr(part, name, share)
            setattr(row, name, whole.minor - share)
        part.subtotal_minor = part.unit_price_minor * units
        row.subtotal_minor = row.unit_price_minor * row.quantity
        for one in (part, row):
            tax = Money(one.tax_minor, order.currency)
            one.taxes = taxes_of_part(one.taxes, one.total_minor - one.tax_minor, tax)
        row.save()
        part.save(force_insert=True)
        result.append(part)
    return result


def _quotes(order: Order, other: Order, rows: Sequence[OrderLine]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both explanations: the second from its lines, the first as what is left of it."""
    names = {str(tax["rate"]): tax["name"] for tax in order.quote.get("taxes", [])}
    sums: dict[str, list[int]] = {}
    for row in rows:
        rate = next((known for known in names if row.tax_rate == type(row.tax_rate)(known)), "")
        if rate:
            entry = sums.setdefault(rate, [0, 0])
            entry[0] += row.total_minor - row.tax_minor
            entry[1] += row.tax_minor
    second = [{"name": names[rate], "rate": rate, "net": net, "tax": tax} for rate, (net, tax) in sums.items()]
    first = []
    for tax in order.quote.get("taxes", []):
        net, minor = sums.get(str(tax["rate"]), [0, 0])
        if tax["net"] - net or tax["tax"] - minor:
            first.append({**tax, "net": tax["net"] - net, "tax": tax["tax"] - minor})
    own = {"currency": order.currency, "prices_include_tax": order.prices_include_tax}

    kept, gone = _adjustments(order.quote.get("adjustments", []), other.discount_minor, order.currency)

    def totals(one: Order) -> dict[str, int]:
        return {
            "subtotal": one.subtotal_minor,
            "discount": one.discount_minor,
            "shipping": one.shipping_minor,
            "tax": one.tax_minor,
            "total": one.total_minor,
        }

    return (
        {**order.quote, **totals(order), "taxes": first, "adjustments": kept},
        {**own, **totals(other), "shipping_choice": None, "taxes": second, "adjustments": gone},
    )


def _adjustments(
    entries: Sequence[dict[str, Any]], discount: int, currency: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Divide the reasons of a discount so that those of the second order add up to its `discount`."""
    given = [entry for entry in entries if entry.get("kind") == "discount" and entry.get("applied")]
    whole = -sum(entry["amount"] for entry in given)
    if not discount or whole < discount:
        return list(entries), []
    shares = Money(discount, currency).allocate([-entry["amount"] for entry in given])
    parts = {id(entry): share.minor for entry, share in zip(given, shares, strict=True)}
    kept = [{**entry, "amount": entry["amount"] + parts.get(id(entry), 0)} for entry in entries]
    gone = [{**entry, "amount": -parts[id(entry)]} for entry in given if parts[id(entry)]]
    return kept, gone
