"""Reads an order as the pure functions of `refunding` need it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from duli.commerce.orders.models import Order, OrderRefund, RefundPayment
from duli.commerce.orders.refunding import LineStanding, OrderStanding, ShippingShareStanding
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.states import RefundState


def shipping_parts(order: Order) -> dict[str, Any]:
    """Return the shipping as it was quoted: total, tax, tax_rate (Decimal), tax_name and its shares by rate."""
    choice = order.quote.get("shipping_choice") or {}
    rate = Decimal(choice.get("tax_rate") or 0)
    names = {Decimal(entry["rate"]): entry["name"] for entry in order.quote.get("taxes", [])}
    return {
        "price": choice.get("price", order.shipping_minor),
        "net": choice.get("net", order.shipping_minor),
        "total": choice.get("total", order.shipping_minor),
        "tax": choice.get("tax", 0),
        "tax_rate": rate,
        "tax_name": names.get(rate, ""),
        "shares": choice.get("shares") or [],
    }


def paid_elsewhere(collection: PaymentCollection) -> int:
    """Return what went back of the collection without a refund of the order: at the provider's own desk."""
    ours = (
        RefundPayment.objects.filter(
            payment_refund__collection=collection, payment_refund__state=RefundState.SUCCEEDED
        ).aggregate(sum=Sum("payment_refund__amount_minor"))["sum"]
        or 0
    )
    return max(0, collection.refunded_minor - ours)


def cash_of(order: Order) -> int:
    """Return what can still go back of what was paid, in minor units: captured, less all that was promised."""
    if not order.payment_collection_id:
        return 0
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    promised = order.refunded_minor - order.offset_minor
    return collection.captured_minor - promised - paid_elsewhere(collection)


def standing_of(order: Order) -> OrderStanding:
    """Return what was sold and what went back so far; lock the order first if something is decided by it."""
    shipping = shipping_parts(order)
    by_rate: dict[Decimal, tuple[int, int]] = {}
    sent_back = shipping_tax_back = 0
    for refund in OrderRefund.objects.filter(order=order):
        sent_back += refund.shipping_minor
        shipping_tax_back += refund.shipping_tax_minor
        for entry in refund.taxes:
            rate = Decimal(entry["rate"])
            before = by_rate.get(rate, (0, 0))
            by_rate[rate] = (before[0] + entry["gross"], before[1] + entry["tax"])
    names = {Decimal(entry["rate"]): entry["name"] for entry in order.quote.get("taxes", [])}
    return OrderStanding(
        currency=order.currency,
        lines=[
            LineStanding(
                line_id=line.pk,
                title=line.title,
                quantity=line.quantity,
                total=line.total_minor,
                tax=line.tax_minor,
                rate=Decimal(line.tax_rate).normalize(),
                rate_name=line.tax_name or names.get(Decimal(line.tax_rate), ""),
                refunded_quantity=line.refunded_quantity,
                refunded_total=line.refunded_minor,
                refunded_tax=line.refunded_tax_minor,
            )
            for line in order.lines.all()
        ],
        shipping_total=shipping["total"],
        shipping_tax=shipping["tax"],
        shipping_rate=shipping["tax_rate"].normalize(),
        shipping_rate_name=shipping["tax_name"],
        shipping_shares=tuple(
            ShippingShareStanding(Decimal(share["rate"]).normalize(), share["name"], share["total"], share["tax"])
            for share in shipping["shares"]
        ),
        shipping_refunded=sent_back,
        shipping_tax_refunded=shipping_tax_back,
        refunded=by_rate,
        cash=cash_of(order),
    )


def outstanding(order: Order, captured: int) -> int:
    """Return what is still owed for the order; below zero: what was paid too much. Minor units."""
    return order.total_minor - captured - order.offset_minor
