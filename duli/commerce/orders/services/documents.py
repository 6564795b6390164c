"""Invoices and credit notes: numbered without a gap, and kept as they were issued.

A number is taken in the transaction that writes the document: the counter's row stays locked until commit, and a
transaction that fails gives its number back. The snapshot holds everything that is printed, so that no later change
of the order, the shop or a customer's data touches what was issued.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.customers.addresses import lines as address_lines
from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.inventory.selectors import home_country
from duli.commerce.orders import locks
from duli.commerce.orders.events import DocumentIssued
from duli.commerce.orders.models import Document, Order, OrderLine, OrderRefund
from duli.commerce.orders.states import DocumentKind, OrderStatus
from duli.commerce.orders.types import InvoiceFirst, NothingToInvoice
from duli.commerce.taxes.models import Registration
from duli.commerce.taxes.selectors import own_vat_id, profile, registered_number
from duli.commerce.taxes.types import Scheme
from duli.platform.events.services import publish
from duli.platform.store.days import day_of
from duli.platform.store.selectors import current_store

PREFIXES = {DocumentKind.INVOICE: "INV-", DocumentKind.CREDIT_NOTE: "CN-"}
DIGITS = 6


@transaction.atomic
def issue_invoice(*, order_id: int, actor: str) -> Document:
    """Issue the invoice of an order, or return the one that was issued. NotFound, NothingToInvoice.

    What was given back before it gets its credit notes with it: together they say what the buyer has paid.
    """
    order = locks.lock_order(order_id)
    existing = first_invoice(order)
    if existing:
        return existing
    if order.status == OrderStatus.CANCELLED:
        raise NothingToInvoice()
    snapshot = {**sides(order), **body_of(order)}
    snapshot["discount_minor"] = order.discount_minor
    snapshot["subtotal_minor"] = order.subtotal_minor
    invoice = issue(order, DocumentKind.INVOICE, order.total_minor, order.tax_minor, snapshot, actor)
    for refund_id in order.refunds.filter(amount_minor__gt=0).order_by("pk").values_list("pk", flat=True):
        issue_credit_note(refund_id=refund_id, actor=actor)
    return invoice


def first_invoice(order: Order) -> Document | None:
    """Return the invoice that all other papers of an order go back to."""
    return Document.objects.filter(order=order, kind=DocumentKind.INVOICE, corrects__isnull=True).first()


def body_of(order: Order) -> dict[str, Any]:
    """Return lines, shipping and taxes of an order as its papers have them, in minor units."""
    choice = order.quote.get("shipping_choice") or {}
    return {
        "lines": [_line(line) for line in order.lines.all()],
        "shipping_minor": int(choice.get("total", order.shipping_minor)),
        "taxes": [
            {"name": tax["name"], "rate": tax["rate"], "net": tax["net"], "tax": tax["tax"]}
            for tax in order.quote.get("taxes", [])
        ],
    }


@transaction.atomic
def issue_credit_note(*, refund_id: int, actor: str) -> Document:
    """Issue the credit note of a refund, or return the one that was issued; its sums are the refund's own.

    NotFound, InvoiceFirst; NothingToInvoice where money goes back for what an edit made cheaper: that has a paper.
    """
    order_id = OrderRefund.objects.filter(pk=refund_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound()
    order = locks.lock_order(order_id)
    refund = OrderRefund.objects.get(pk=refund_id)
    existing = Document.objects.filter(refund=refund).first()
    if existing:
        return existing
    invoice = first_invoice(order)
    if invoice is None:
        raise InvoiceFirst()
    if not refund.amount_minor:
        raise NothingToInvoice()
    lines = [
        {
            **_texts(row.order_line),
            "quantity": row.quantity,
            "unit_minor": row.order_line.unit_price_minor,
            "tax_minor": row.tax_minor,
            "total_minor": row.total_minor,
            "rate": str(row.order_line.tax_rate),
        }
        for row in refund.lines.select_related("order_line")
    ]
    taxes = [
        {"name": tax.get("name", ""), "rate": str(tax["rate"]), "net": tax["net"], "tax": tax["tax"]}
        for tax in refund.taxes
    ]
    snapshot = {
        **sides(order),
        "lines": lines,
        "shipping_minor": refund.shipping_minor,
        "adjustment_minor": refund.adjustment_minor,
        "taxes": taxes,
        "corrects": invoice.label,
    }
    return issue(
        order, DocumentKind.CREDIT_NOTE, refund.amount_minor, refund.tax_minor, snapshot, actor, refund, invoice
    )


def _texts(line: OrderLine) -> dict[str, Any]:
    return {"title": line.title, "variant": line.variant_title, "sku": line.sku}


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        **_texts(line),
        "quantity": line.quantity,
        "unit_minor": line.unit_price_minor,
        "discount_minor": line.discount_minor,
        "tax_minor": line.tax_minor,
        "total_minor": line.total_minor,
        "rate": str(line.tax_rate),
    }


def _written(data: dict[str, Any] | None, language: str) -> list[str]:
    if not data:
        return []
    try:
        return address_lines(Address.from_json(data), home=home_country(), language=language)
    except InvalidAddress:
        return [str(value) for value in data.values() if value]


def sides(order: Order) -> dict[str, Any]:
    """Who sells and who buys, as on the day of issue, in the language the buyer reads."""
    store = current_store(order.language)
    return {
        "seller": {
            "name": store.legal_name or store.name,
            "address": store.address,
            "registration": store.registration,
            "email": store.email,
            "phone": store.phone,
            "country": profile().country or home_country(),
            "vat_id": _seller_number(order),
        },
        "buyer": {
            "name": order.customer_name,
            "email": order.email,
            "lines": _written(order.billing_address or order.shipping_address, order.language),
            "country": (order.billing_address or order.shipping_address or {}).get("country", ""),
            "vat_id": order.tax.get("vat_id", "") if order.tax.get("vat_state") == "valid" else "",
        },
        "scheme": order.tax_scheme,
        "notes": [str(note) for note in _notes(order)],
        "supplied_on": day_of(order.placed_at).isoformat(),
        "ships_to": _written(order.shipping_address, order.language),
        "order_number": order.number,
        "placed_at": order.placed_at.isoformat(),
        "placed_on": day_of(order.placed_at).isoformat(),
        "prices_include_tax": order.prices_include_tax,
    }


def _seller_number(order: Order) -> str:
    """Return the number under which the seller charges this order's tax: its own at home, for British parcels theirs.

    The IOSS number is told to the carrier alone, and printed nowhere.
    """
    today = day_of(now())
    if order.tax_scheme == Scheme.UK:
        return registered_number(Registration.Kind.UK, today)
    return own_vat_id(today)


def _notes(order: Order) -> list[str]:
    """Return what the law wants an invoice to say of the way it is taxed, in the buyer's language."""
    with translation.override(order.language):
        if order.tax_scheme == Scheme.REVERSE_CHARGE:
            return [gettext("Reverse charge: the recipient owes the VAT.")]
        if order.tax_scheme == Scheme.EXPORT:
            return [gettext("Tax-free export.")]
        return []


def issue(
    order: Order,
    kind: DocumentKind,
    total_minor: int,
    tax_minor: int,
    snapshot: dict[str, Any],
    actor: str,
    refund: OrderRefund | None = None,
    corrects: Document | None = None,
) -> Document:
    """Write a paper under the next number of its kind, in the caller's transaction; the order is locked."""
    series = locks.lock_series(kind, PREFIXES[kind])
    number = series.next_number
    series.next_number = number + 1
    series.save(update_fields=["next_number"])
    document = Document.objects.create(
        kind=kind,
        series=series,
        number=number,
        label=f"{series.prefix}{number:0{DIGITS}}",
        order=order,
        refund=refund,
        corrects=corrects,
        language=order.language,
        currency=order.currency,
        total_minor=total_minor,
        tax_minor=tax_minor,
        snapshot=snapshot,
        issued_at=now(),
        actor=actor,
    )
    publish(DocumentIssued(order.pk, document.pk, kind, document.label), reference=order.reference, actor=actor)
    return document
