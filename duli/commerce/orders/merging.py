"""Which orders may become one, and what their quotes say together; nothing here writes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.commerce.orders.editing import MAXIMUM_LINES
from duli.commerce.orders.models import Document, Order, OrderLine
from duli.commerce.orders.states import DocumentKind, FulfilmentState, OrderStatus, PaymentState, ReturnState
from duli.commerce.orders.types import MergeCandidate

MOST_CANDIDATES = 20
_SETTLED = {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID, PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED}
_UNTOUCHED = {FulfilmentState.UNFULFILLED, FulfilmentState.NOT_NEEDED}
_TOTALS = ("subtotal", "discount", "shipping", "tax", "total")


def _place(address: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (address or {}).items() if value}


def _shipping_rates(order: Order) -> frozenset[Decimal]:
    choice = order.quote.get("shipping_choice")
    if not choice or not choice["total"]:
        return frozenset()
    shares = choice.get("shares") or []
    return frozenset(Decimal(share["rate"]).normalize() for share in shares) or frozenset(
        {Decimal(choice["tax_rate"]).normalize()}
    )


def own_problem(order: Order) -> Promise | str:
    """Return why this order can neither take another one in nor go into one, or nothing."""
    if order.status != OrderStatus.OPEN:
        return _("it is closed.")
    if order.held_at:
        return _("it is on hold.")
    if order.fulfilment_state not in _UNTOUCHED:
        return _("a parcel of it has left.")
    if order.payment_state not in _SETTLED or not order.payment_collection_id:
        return _("its payment is only authorised or needs review.")
    if order.pickup_location_id is not None:
        return _("it is fetched, not sent.")
    if order.return_state != ReturnState.NONE:
        return _("something of it was sent back.")
    return ""


def problem(order: Order, other: Order) -> Promise | str:
    """Return why `other` cannot go into `order`, as the end of a sentence, or nothing."""
    found = own_problem(other)
    if found:
        return found
    if order.customer_id is None or order.customer_id != other.customer_id:
        return _("it belongs to another customer.")
    if (order.market_code, order.currency, order.prices_include_tax) != (
        other.market_code, other.currency, other.prices_include_tax,
    ):  # fmt: skip
        return _("it was placed in another market or currency.")
    if _place(order.shipping_address) != _place(other.shipping_address):
        return _("it goes to another address.")
    if _place(order.billing_address or order.shipping_address) != _place(
        other.billing_address or other.shipping_address
    ):
        return _("it is invoiced to another address.")
    if other.refunded_minor or other.offset_minor or other.credited_minor:
        return _("part of it was refunded. Merge the other order into it instead.")
    if bool(order.confirmed_at) != bool(other.confirmed_at):
        return _("only one of them is confirmed.")
    rates = {_shipping_rates(order), _shipping_rates(other)} - {frozenset()}
    if len(rates) > 1:
        return _("its shipping is taxed at another rate.")
    if order.tax_scheme != other.tax_scheme or order.tax.get("vat_id") != other.tax.get("vat_id"):
        return _("its tax is charged in another way.")
    return ""


def candidates(order: Order) -> list[MergeCandidate]:
    """Return open orders of the same customer, newest first, with what keeps each from being merged (three queries)."""
    if order.customer_id is None:
        return []
    rows = list(
        Order.objects.filter(customer_id=order.customer_id, status=OrderStatus.OPEN)
        .exclude(pk=order.pk)
        .order_by("-placed_at", "-pk")[:MOST_CANDIDATES]
    )
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order__in=rows).order_by("order_id", "position", "pk"):
        lines.setdefault(line.order_id, []).append(line)
    return [
        MergeCandidate(
            row.pk,
            row.number or "",
            row.placed_at,
            Money(row.total_minor, row.currency),
            row.payment_state,
            sum(line.quantity for line in lines.get(row.pk, []) if not line.is_charge),
            lines[row.pk][0].title if row.pk in lines else "",
            problem(order, row),
        )
        for row in rows
    ]


def invoiced(order_ids: list[int]) -> str:
    """Return the number of one of the orders that has an invoice, or nothing."""
    rows = Document.objects.filter(order_id__in=order_ids, kind=DocumentKind.INVOICE).order_by("order_id")
    return rows.values_list("order__number", flat=True).first() or ""


def too_many_lines(order_ids: list[int]) -> bool:
    found = OrderLine.objects.filter(order_id__in=order_ids).aggregate(lines=Count("pk"))
    return bool(found["lines"] > MAXIMUM_LINES)


def together(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return the explanation of both quotes as one: every sum is the sum of both, rate by rate."""
    taxes = {Decimal(entry["rate"]).normalize(): dict(entry) for entry in first.get("taxes", [])}
    for entry in second.get("taxes", []):
        rate = Decimal(entry["rate"]).normalize()
        if rate in taxes:
            taxes[rate]["net"] += entry["net"]
            taxes[rate]["tax"] += entry["tax"]
        else:
            taxes[rate] = dict(entry)
    return {
        **first,
        **{name: first.get(name, 0) + second.get(name, 0) for name in _TOTALS},
        "shipping_choice": _both_choices(first.get("shipping_choice"), second.get("shipping_choice")),
        "taxes": list(taxes.values()),
        "adjustments": [*first.get("adjustments", []), *second.get("adjustments", [])],
    }


def _both_choices(first: dict[str, Any] | None, second: dict[str, Any] | None) -> dict[str, Any] | None:
    if not first or not second:
        return first or second
    kept, other = (first, second) if first["total"] or not second["total"] else (second, first)
    shares = _both_shares(kept.get("shares") or [], other.get("shares") or [])
    return {**kept, **{name: kept[name] + other[name] for name in ("price", "net", "tax", "total")}, "shares": shares}


def _both_shares(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the shares of the shipping rate by rate; nothing where one of the orders did not keep them."""
    if not first or not second:
        return []
    found = {Decimal(share["rate"]).normalize(): dict(share) for share in first}
    for share in second:
        mine = found.setdefault(Decimal(share["rate"]).normalize(), {**share, "net": 0, "tax": 0, "total": 0})
        for name in ("net", "tax", "total"):
            mine[name] += share[name]
    return list(found.values())


def emptied(quote: dict[str, Any]) -> dict[str, Any]:
    """Return the quote of an order whose goods belong to another one now."""
    return {**quote, **dict.fromkeys(_TOTALS, 0), "shipping_choice": None, "taxes": [], "adjustments": []}
