"""One order becomes two: units, sums, what is owed and what is held are divided to the last unit and minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.types import StockRequest
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderSplit
from duli.commerce.orders.models import Order, OrderLine, OrderTag
from duli.commerce.orders.states import OrderStatus, fulfilment_state_of
from duli.commerce.orders.types import FulfilLine, NotDivisible, OrderClosed, TooManyUnits
from duli.commerce.payments import services as payments
from duli.commerce.payments.models import PaymentCollection
from duli.platform.events.services import publish

_SUMS = ("subtotal_minor", "discount_minor", "tax_minor", "total_minor")


@transaction.atomic
def split(*, order_id: int, lines: Sequence[FulfilLine], actor: str) -> Order:
    """Move units that are not shipped yet into an order of their own, and return it; shipping stays with the first.

    Both together are to the minor unit what the one was, line by line and rate by rate; each is paid by itself.
    Meant for orders that are paid later: once money has come it belongs to one order, whose parts are sent as
    several parcels instead. Raises OrderClosed, NotDivisible, TooManyUnits, InvalidInput, NotFound.
    """
    order = locks.lock_order(order_id)
    if order.status != OrderStatus.OPEN:
        raise OrderClosed()
    collection = PaymentCollection.objects.filter(pk=order.payment_collection_id or 0).first()
    if collection is None or collection.captured_minor or collection.authorised_minor or order.discount_minor:
        raise NotDivisible()
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
            one.lines.filter(requires_shipping=True).values_list("quantity", "fulfilled_quantity"),
            one.fulfilments.values_list("state", flat=True),
        )
        one.version += 1
    payments.change_amount(collection_id=collection.pk, amount=Money(order.total_minor, order.currency), actor=actor)
    second = payments.open_collection(
        reference=other.reference,
        label=other.number or "",
        amount=Money(other.total_minor, other.currency),
        method_code=collection.method_code,
        return_url=f"/orders/{other.token}",
        language=order.language,
    )
    other.payment_collection_id = second.pk
    order.save()
    other.save()
    for one, relative in ((order, other), (other, order)):
        publish(OrderSplit(one.pk, relative.pk, relative.number or ""), reference=one.reference, actor=actor)
    requests = [StockRequest(row.variant_id, row.quantity) for row in rows if row.variant_id is not None]
    if inventory.rearrange(reference=order.reference, give_back=requests, actor=actor):
        inventory.reserve(requests=requests, reference=other.reference, expires_at=order.expires_at, actor=actor)
        if order.confirmed_at:
            inventory.allocate(reference=other.reference)
    return other


def _wanted(order: Order, lines: Sequence[FulfilLine]) -> dict[int, int]:
    """Return units per line that are to be moved; something has to move, and something has to stay."""
    rows = {row.pk: row for row in order.lines.all()}
    moved: dict[int, int] = {}
    for line in lines:
        if line.quantity < 0 or line.order_line_id not in rows:
            raise InvalidInput(field="quantity")
        if line.quantity:
            moved[line.order_line_id] = moved.get(line.order_line_id, 0) + line.quantity
    for pk, units in moved.items():
        left = rows[pk].quantity - rows[pk].fulfilled_quantity
        if units > left:
            raise TooManyUnits(left=left, title=rows[pk].title)
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
    other.version = 0
    other.save(force_insert=True)
    OrderTag.objects.bulk_create([OrderTag(order=other, name=name) for name in other.tags])
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

    def totals(one: Order) -> dict[str, int]:
        return {
            "subtotal": one.subtotal_minor,
            "discount": one.discount_minor,
            "shipping": one.shipping_minor,
            "tax": one.tax_minor,
            "total": one.total_minor,
        }

    return (
        {**order.quote, **totals(order), "taxes": first},
        {**own, **totals(other), "shipping_choice": None, "taxes": second, "adjustments": []},
    )
