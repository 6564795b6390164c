"""What other systems are told: the public types of events, and the plain data each carries.

Types and fields are a promise to others: they are added to, never renamed. Amounts are minor units of `currency`,
times ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.events import ProductsChanged, ProductsDeleted
from duli.commerce.fapiao.events import FapiaoAsked, FapiaoDeclined, FapiaoIssued, FapiaoToCorrect
from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.fapiao.selectors import open_amount, request_of
from duli.commerce.inventory.events import StockLow
from duli.commerce.inventory.selectors import pickup_place
from duli.commerce.orders.events import (
    FulfilmentDelivered,
    FulfilmentShipped,
    OrderCancelled,
    OrderConfirmed,
    OrderPaid,
    OrderPaymentStateChanged,
    OrderPlaced,
    TrackingChanged,
)
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import order_detail
from duli.commerce.shipping.events import LabelBought, LabelVoided
from duli.commerce.shipping.labels import label
from duli.commerce.shipping.types import LabelView

Data = dict[str, Any]

KINDS: Final[dict[str, Promise]] = {
    "order.placed": _("An order was placed"),
    "order.confirmed": _("An order was confirmed"),
    "order.paid": _("An order was paid"),
    "order.payment_changed": _("The payment of an order changed"),
    "order.shipped": _("A parcel was sent"),
    "order.tracking_changed": _("A tracking number changed"),
    "order.delivered": _("A parcel arrived"),
    "order.cancelled": _("An order was cancelled"),
    "label.bought": _("A shipping label was bought"),
    "label.voided": _("A shipping label was given back"),
    "product.changed": _("Products were created or changed"),
    "product.deleted": _("Products were deleted"),
    "stock.low": _("Stock fell to its threshold"),
    "fapiao.asked": _("A fapiao was asked for, or what is wanted on it was changed"),
    "fapiao.issued": _("A fapiao, blue or red, was recorded"),
    "fapiao.declined": _("A fapiao was declined"),
    "fapiao.to_correct": _("More is on fapiao than an order is worth: a red one is due"),
}
TEST: Final = "test.ping"


def order_data(order: Order) -> Data:
    """Return an order as other systems see it, its lines and parcels included."""
    return {
        "id": order.pk,
        "number": order.number,
        "status": order.status,
        "payment_state": order.payment_state,
        "fulfilment_state": order.fulfilment_state,
        "return_state": order.return_state,
        "currency": order.currency,
        "subtotal_minor": order.subtotal_minor,
        "discount_minor": order.discount_minor,
        "shipping_minor": order.shipping_minor,
        "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
        "prices_include_tax": order.prices_include_tax,
        "market": order.market_code,
        "language": order.language,
        "source": order.source,
        "customer": {
            "id": order.customer_id,
            "name": order.customer_name,
            "email": order.email,
            "phone": order.phone,
        },
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "shipping_method": order.shipping_method_code,
        "arrives_from": order.arrives_from.isoformat() if order.arrives_from else None,
        "arrives_by": order.arrives_by.isoformat() if order.arrives_by else None,
        "pickup": _pickup(order),
        "payment_method": order.payment_method_code,
        "note": order.note,
        "tags": order.tags,
        "placed_at": order.placed_at.isoformat(),
        "paid_at": order.paid_at.isoformat() if order.paid_at else None,
        "cancelled_at": order.cancelled_at.isoformat() if order.cancelled_at else None,
        "lines": [
            {
                "id": line.pk,
                "variant_id": line.variant_id,
                "product_id": line.product_id,
                "sku": line.sku,
                "title": line.title,
                "variant_title": line.variant_title,
                "parts": [
                    {"sku": part["sku"], "title": part["title"], "quantity": part["quantity"]} for part in line.parts
                ],
                "quantity": line.quantity,
                "fulfilled_quantity": line.fulfilled_quantity,
                "unit_price_minor": line.unit_price_minor,
                "discount_minor": line.discount_minor,
                "tax_minor": line.tax_minor,
                "tax_rate": str(line.tax_rate),
                "total_minor": line.total_minor,
            }
            for line in order.lines.all()
        ],
        "parcels": [
            {
                "id": parcel.pk,
                "state": parcel.state,
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "tracking_url": parcel.tracking_url,
                "shipped_at": parcel.shipped_at.isoformat(),
                "delivered_at": parcel.delivered_at.isoformat() if parcel.delivered_at else None,
                "lines": [
                    {"order_line_id": line.order_line_id, "quantity": line.quantity} for line in parcel.lines.all()
                ],
            }
            for parcel in order.fulfilments.all()
        ],
    }


def _pickup(order: Order) -> Data | None:
    """Return where an order is fetched; None where it is sent."""
    place = pickup_place(order.pickup_location_id) if order.pickup_location_id else None
    if place is None:
        return None
    return {
        "location_id": place.id,
        "name": place.name,
        "ready_at": order.pickup_ready_at.isoformat() if order.pickup_ready_at else None,
    }


def fapiao_data(row: FapiaoRequest) -> Data:
    """Return a request for fapiao as other systems see it; order and papers are at hand. Amounts are fen, with tax."""
    return {
        "id": row.pk,
        "order_id": row.order_id,
        "order_number": row.order.number,
        "state": row.state,
        "title_kind": row.title_kind,
        "kind": row.kind,
        "title": row.title,
        "tax_number": row.tax_number,
        "email": row.email,
        "address": row.address,
        "phone": row.phone,
        "bank": row.bank,
        "account": row.account,
        "to_issue_minor": open_amount(row).minor,
        "reason": row.reason,
        "asked_at": row.asked_at.isoformat(),
        "papers": [
            {
                "id": paper.pk,
                "number": paper.number,
                "kind": paper.kind,
                "title": paper.title,
                "tax_number": paper.tax_number,
                "amount_minor": paper.amount_minor,
                "corrects": paper.corrects_id,
                "issued_on": paper.issued_on.isoformat(),
                "has_file": paper.file_id is not None,
            }
            for paper in row.papers.all()
        ],
    }


def _of_fapiao(kind: str, *names: str) -> tuple[str, Callable[[Any], Data]]:
    def data(event: Any) -> Data:
        row = request_of(event.order_id)
        return {
            "fapiao": fapiao_data(row) if row else None,
            **{name: getattr(event, name) for name in names},
        }

    return kind, data


def label_data(row: LabelView) -> Data:
    """Return a label as other systems see it: what it was bought for, and the parcel or the return that carries it."""
    kind, _colon, key = row.parcel.partition(":")
    return {
        "id": row.id,
        "order_id": int(row.reference.partition(":")[2]),
        "shipment_id": int(key) if kind == "parcel" else None,
        "return_id": int(key) if kind == "return" else None,
        "state": row.state,
        "carrier": row.carrier,
        "name": row.name,
        "service": row.service,
        "tracking_number": row.number,
        "price_minor": row.price.minor,
        "currency": row.price.currency,
        "is_test": row.is_test,
        "problem": row.detail,
        "created_at": row.created_at.isoformat(),
    }


def _of_label(kind: str) -> tuple[str, Callable[[Any], Data]]:
    return kind, lambda event: {"label": label_data(label(event.label_id))}


def _of_order(kind: str, *names: str) -> tuple[str, Callable[[Any], Data]]:
    """An event of an order carries the order and, beside it, the fields of its own that are called `names`."""

    def data(event: Any) -> Data:
        return {"order": order_data(order_detail(event.order_id)), **{name: getattr(event, name) for name in names}}

    return kind, data


def _fields(kind: str, *names: str) -> tuple[str, Callable[[Any], Data]]:
    def data(event: Any) -> Data:
        return {name: list(value) if isinstance(value := getattr(event, name), tuple) else value for name in names}

    return kind, data


BUILDERS: Final[dict[type, tuple[str, Callable[[Any], Data]]]] = {
    OrderPlaced: _of_order("order.placed"),
    OrderConfirmed: _of_order("order.confirmed"),
    OrderPaid: _of_order("order.paid", "captured_minor"),
    OrderPaymentStateChanged: _of_order("order.payment_changed", "before", "after"),
    FulfilmentShipped: _of_order("order.shipped", "fulfilment_id"),
    TrackingChanged: _of_order("order.tracking_changed", "fulfilment_id"),
    FulfilmentDelivered: _of_order("order.delivered", "fulfilment_id"),
    OrderCancelled: _of_order("order.cancelled", "reason"),
    LabelBought: _of_label("label.bought"),
    LabelVoided: _of_label("label.voided"),
    ProductsChanged: _fields("product.changed", "product_ids"),
    ProductsDeleted: _fields("product.deleted", "product_ids"),
    StockLow: _fields("stock.low", "variant_id", "location_id", "available", "threshold"),
    FapiaoAsked: _of_fapiao("fapiao.asked"),
    FapiaoIssued: _of_fapiao("fapiao.issued", "fapiao_id"),
    FapiaoDeclined: _of_fapiao("fapiao.declined"),
    FapiaoToCorrect: _of_fapiao("fapiao.to_correct"),
}
