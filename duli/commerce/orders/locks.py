"""The only row locks of this room. Order of the house: cart → order → gift cards → stock levels."""

from __future__ import annotations

from collections.abc import Iterable

from duli.base.errors import NotFound
from duli.commerce.orders.models import DocumentSeries, Fulfilment, Order, OrderExport, OrderRefund, OrderReturn


def lock_order(order_id: int) -> Order:
    """Lock and return an order, or raise NotFound."""
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    return order


def lock_orders(order_ids: Iterable[int]) -> dict[int, Order]:
    """Lock several orders, by primary key, and return them by id; NotFound if one is missing."""
    wanted = set(order_ids)
    found = {row.pk: row for row in Order.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    if len(found) != len(wanted):
        raise NotFound()
    return found


def lock_fulfilment(fulfilment_id: int) -> tuple[Order, Fulfilment]:
    """Lock the order of a parcel, then return both, or raise NotFound."""
    order_id = Fulfilment.objects.filter(pk=fulfilment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound()
    order = lock_order(order_id)
    return order, Fulfilment.objects.get(pk=fulfilment_id)


def lock_export(export_id: int) -> OrderExport:
    """Lock and return the row of a file that is to be written, or raise NotFound."""
    export = OrderExport.objects.select_for_update().filter(pk=export_id).first()
    if export is None:
        raise NotFound()
    return export


def lock_refund(refund_id: int) -> tuple[Order, OrderRefund]:
    """Lock the order of a refund, then return both, or raise NotFound."""
    order_id = OrderRefund.objects.filter(pk=refund_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound()
    order = lock_order(order_id)
    return order, OrderRefund.objects.get(pk=refund_id)


def lock_return(return_id: int) -> tuple[Order, OrderReturn]:
    """Lock the order of a return, then return both, or raise NotFound."""
    order_id = OrderReturn.objects.filter(pk=return_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound()
    order = lock_order(order_id)
    return order, OrderReturn.objects.get(pk=return_id)


def lock_series(kind: str, prefix: str) -> DocumentSeries:
    """Lock and return the counter of a kind of document, made on first use. Taken last, after the order."""
    DocumentSeries.objects.get_or_create(kind=kind, defaults={"prefix": prefix})
    return DocumentSeries.objects.select_for_update().get(kind=kind)
