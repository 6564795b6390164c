"""An order as rows that an import reads again: every figure and instant as it is, none worded for a reader.

The first row of an order carries the order; each row carries one line. The titles are those of `exchange`, which reads
them; its tests hold the two together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from duli.base.money import Money
from duli.commerce.orders.models import Fulfilment, Order, OrderLine, OrderReturn, ReturnLine
from duli.commerce.orders.part_text import parts_text

PARTS = {
    "Name": "name",
    "Company": "company",
    "Address1": "line1",
    "Address2": "line2",
    "City": "city",
    "District": "district",
    "Province": "region",
    "Zip": "postal_code",
    "Country": "country",
    "Phone": "phone",
}
HEAD = (
    *("Name", "Email", "Phone", "Customer", "Created at", "Status", "Financial Status", "Fulfillment Status"),
    *("Paid at", "Cancelled at", "Cancel reason", "Currency", "Market", "Language", "Prices include tax", "Subtotal"),
    *("Discount Amount", "Shipping", "Taxes", "Total", "Refunded Amount", "Credited Amount", "Shipping Method"),
    *("Payment Method", "Notes", "Tags", "Source", "Parcels"),
    "Returns",
    *(f"Shipping {title}" for title in PARTS),
    *(f"Billing {title}" for title in PARTS),
)
LINE = (
    *("Lineitem name", "Lineitem variant", "Lineitem sku", "Lineitem quantity", "Lineitem price"),
    *("Lineitem discount", "Lineitem tax", "Lineitem tax rate", "Lineitem tax name", "Lineitem total"),
    *("Lineitem requires shipping", "Lineitem grams", "Lineitem fulfilled", "Lineitem parcels", "Lineitem cancelled"),
    *("Lineitem refunded", "Lineitem refunded amount", "Lineitem refunded tax", "Lineitem parts"),
)
TITLES = (*HEAD, *LINE)
RETURN_TEXTS = (
    *("number", "kind", "state", "outcome", "note", "answer", "declarant", "receipt_to", "tracking_number"),
)
RETURN_TIMES = ("requested_at", "decided_at", "received_at", "completed_at")
RETURN_LINE = ("quantity", "reason", "received_quantity", "condition", "restocked_quantity")


def whole_rows(order: Order) -> Iterator[list[str]]:
    """Yield the rows of an order whose lines, parcels and returns (with theirs) are prefetched.

    Texts stand without outer spaces.
    """
    parcels = list(order.fulfilments.all())
    lines = list(order.lines.all())
    head = _head(order, parcels, lines)
    for place, line in enumerate(lines or [None]):
        cells = head if place == 0 else {"Name": order.number or ""}
        if line is not None:
            cells = cells | _line(line, order.currency, parcels)
        yield [cells.get(title, "").strip() for title in TITLES]


def _head(order: Order, parcels: list[Fulfilment], lines: list[OrderLine]) -> dict[str, str]:
    def amount(minor: int) -> str:
        return str(Money(minor, order.currency).amount)

    return {
        "Name": order.number or "",
        "Email": order.email,
        "Phone": order.phone,
        "Customer": order.customer_name,
        "Created at": _instant(order.placed_at),
        "Status": order.status,
        "Financial Status": order.payment_state,
        "Fulfillment Status": order.fulfilment_state,
        "Paid at": _instant(order.paid_at),
        "Cancelled at": _instant(order.cancelled_at),
        "Cancel reason": order.cancel_reason,
        "Currency": order.currency,
        "Market": order.market_code,
        "Language": order.language,
        "Prices include tax": "yes" if order.prices_include_tax else "no",
        "Subtotal": amount(order.subtotal_minor),
        "Discount Amount": amount(order.discount_minor),
        "Shipping": amount(order.shipping_minor),
        "Taxes": amount(order.tax_minor),
        "Total": amount(order.total_minor),
        "Refunded Amount": amount(order.refunded_minor),
        "Credited Amount": amount(order.credited_minor),
        "Shipping Method": order.shipping_method_name,
        "Payment Method": order.payment_method_code,
        "Notes": order.note,
        "Tags": " , ".join(str(tag).replace(",", "\\,") for tag in order.tags),
        "Source": order.source.removeprefix("import:"),
        "Parcels": json.dumps([_parcel(parcel) for parcel in parcels], ensure_ascii=False) if parcels else "",
        "Returns": _returns(order, lines),
        **_address("Shipping", order.shipping_address),
        **_address("Billing", order.billing_address),
    }


def _parcel(parcel: Fulfilment) -> list[str]:
    return [
        parcel.state,
        parcel.carrier,
        parcel.tracking_number,
        _instant(parcel.shipped_at),
        _instant(parcel.delivered_at),
    ]


def _returns(order: Order, lines: list[OrderLine]) -> str:
    """Return what came back or is to, oldest first: the return state of the order follows. Pictures stay here."""
    rows = sorted(order.returns.all(), key=lambda row: (row.requested_at, row.pk))
    places = {line.pk: place for place, line in enumerate(lines)}
    found = [_return(row, places) for row in rows]
    return json.dumps(found, ensure_ascii=False) if found else ""


def _return(row: OrderReturn, places: Mapping[int, int]) -> dict[str, Any]:
    """Return a return as what it says of itself; what it leaves open is left out."""
    told = {
        **{name: getattr(row, name) for name in RETURN_TEXTS},
        **{name: _instant(getattr(row, name)) for name in RETURN_TIMES},
        "lines": [_return_line(line, places) for line in row.lines.all()],
    }
    return {name: value for name, value in told.items() if value}


def _return_line(line: ReturnLine, places: Mapping[int, int]) -> list[Any]:
    """The line's place in the order, and what is said of it."""
    return [places[line.order_line_id], *(getattr(line, name) for name in RETURN_LINE)]


def _line(line: OrderLine, currency: str, parcels: list[Fulfilment]) -> dict[str, str]:
    def amount(minor: int) -> str:
        return str(Money(minor, currency).amount)

    sent = [
        next((entry.quantity for entry in parcel.lines.all() if entry.order_line_id == line.pk), 0)
        for parcel in parcels
    ]
    return {
        "Lineitem name": line.title,
        "Lineitem variant": line.variant_title,
        "Lineitem sku": line.sku,
        "Lineitem quantity": str(line.quantity),
        "Lineitem price": amount(line.unit_price_minor),
        "Lineitem discount": amount(line.discount_minor),
        "Lineitem tax": amount(line.tax_minor),
        "Lineitem tax rate": f"{line.tax_rate.normalize():f}",
        "Lineitem tax name": line.tax_name,
        "Lineitem total": amount(line.total_minor),
        "Lineitem requires shipping": "yes" if line.requires_shipping else "no",
        "Lineitem grams": str(line.weight_grams),
        "Lineitem fulfilled": str(line.fulfilled_quantity),
        "Lineitem parcels": " ".join(map(str, sent)),
        "Lineitem cancelled": str(line.cancelled_quantity),
        "Lineitem refunded": str(line.refunded_quantity),
        "Lineitem refunded amount": amount(line.refunded_minor),
        "Lineitem refunded tax": amount(line.refunded_tax_minor),
        "Lineitem parts": parts_text(line.parts),
    }


def _instant(value: datetime | None) -> str:
    return value.astimezone(UTC).isoformat() if value else ""


def _address(side: str, data: Mapping[str, Any] | None) -> dict[str, str]:
    return {f"{side} {title}": str((data or {}).get(part) or "") for title, part in PARTS.items()}
