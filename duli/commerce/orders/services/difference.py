"""Papers of what changed after an invoice: an edit, or the other goods of an exchange.

An invoice is never changed. What an order became since is compared, line by line and rate by rate, with what its
papers say together, and the difference gets a paper of its own: a supplementary invoice where it costs more (or the
same, for other goods), else a credit note. What goes back by a refund has its own credit note and is no part of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from duli.commerce.orders import locks
from duli.commerce.orders.models import Document, Order
from duli.commerce.orders.services.documents import body_of, first_invoice, issue, sides
from duli.commerce.orders.states import DocumentKind, OrderStatus
from duli.commerce.orders.types import InvoiceFirst


@dataclass(frozen=True, slots=True)
class _Row:
    """Units of one kind at one price, and what they come to, in minor units."""

    quantity: int = 0
    discount: int = 0
    tax: int = 0
    total: int = 0

    def plus(self, line: dict[str, Any], sign: int) -> _Row:
        return replace(
            self,
            quantity=self.quantity + sign * line["quantity"],
            discount=self.discount + sign * line.get("discount_minor", 0),
            tax=self.tax + sign * line["tax_minor"],
            total=self.total + sign * line["total_minor"],
        )

    def minus(self, other: _Row) -> _Row:
        return _Row(
            self.quantity - other.quantity,
            self.discount - other.discount,
            self.tax - other.tax,
            self.total - other.total,
        )


_Key = tuple[str, str, str, int, str]


@transaction.atomic
def issue_difference(*, order_id: int, actor: str) -> Document | None:
    """Issue the paper of what an order became since it was invoiced; None where its papers say all of it.

    Called again it finds nothing left. Raises NotFound, InvoiceFirst.
    """
    order = locks.lock_order(order_id)
    invoice = first_invoice(order)
    if invoice is None:
        raise InvoiceFirst()
    if order.status == OrderStatus.CANCELLED:
        return None
    papers = _papers(order)
    body = body_of(order)
    lines = _lines(body["lines"], papers)
    taxes = _taxes(body["taxes"], papers)
    shipping = body["shipping_minor"] - sum(sign * paper.snapshot["shipping_minor"] for sign, paper in papers)
    total = order.total_minor - sum(sign * paper.total_minor for sign, paper in papers)
    tax = order.tax_minor - sum(sign * paper.tax_minor for sign, paper in papers)
    if not (lines or taxes or shipping or total):
        return None
    kind, turn = (DocumentKind.INVOICE, 1) if total >= 0 else (DocumentKind.CREDIT_NOTE, -1)
    snapshot = {
        **sides(order),
        "lines": [_turned(line, turn, ("quantity", "discount_minor", "tax_minor", "total_minor")) for line in lines],
        "taxes": [_turned(entry, turn, ("net", "tax")) for entry in taxes],
        "shipping_minor": turn * shipping,
        "corrects": invoice.label,
    }
    return issue(order, kind, turn * total, turn * tax, snapshot, actor, corrects=invoice)


def _papers(order: Order) -> list[tuple[int, Document]]:
    """Return the papers that say what an order is, oldest first, each with the sign it counts with."""
    return [
        (1 if paper.kind == DocumentKind.INVOICE else -1, paper)
        for paper in Document.objects.filter(order=order, refund__isnull=True).order_by("pk")
    ]


def _key(line: dict[str, Any]) -> _Key:
    rate = f"{Decimal(line['rate']).normalize():f}"
    return line["title"], line.get("variant", ""), line.get("sku", ""), line["unit_minor"], rate


def _lines(now: Iterable[dict[str, Any]], papers: Iterable[tuple[int, Document]]) -> list[dict[str, Any]]:
    """Return what the lines are now, less what the papers say of them; what is gone comes after what is new."""
    before: dict[_Key, _Row] = {}
    for sign, paper in papers:
        for line in paper.snapshot["lines"]:
            before[_key(line)] = before.get(_key(line), _Row()).plus(line, sign)
    after: dict[_Key, _Row] = {}
    for line in now:
        after[_key(line)] = after.get(_key(line), _Row()).plus(line, 1)
    found: list[dict[str, Any]] = []
    for key in {**after, **before}:
        old, new = before.get(key, _Row()), after.get(key, _Row())
        change = new.minus(old)
        if change == _Row():
            continue
        # A price below zero is none (EN 16931, BR-27): where units and money go different ways, such as under a
        # discount that was put right, the old line is taken back and the new one written.
        is_plain = change.quantity and (change.total - change.tax) * change.quantity >= 0
        rows = [change] if is_plain else [_Row().minus(old), new]
        found += [_line(key, row) for row in rows if row.quantity]
    return found


def _line(key: _Key, row: _Row) -> dict[str, Any]:
    title, variant, sku, unit, rate = key
    return {
        "title": title,
        "variant": variant,
        "sku": sku,
        "quantity": row.quantity,
        "unit_minor": unit,
        "discount_minor": row.discount,
        "tax_minor": row.tax,
        "total_minor": row.total,
        "rate": rate,
    }


def _taxes(now: Iterable[dict[str, Any]], papers: Iterable[tuple[int, Document]]) -> list[dict[str, Any]]:
    found: dict[Decimal, dict[str, Any]] = {}
    everything = [(1, entry) for entry in now]
    everything += [(-sign, entry) for sign, paper in papers for entry in paper.snapshot["taxes"]]
    for sign, entry in everything:
        rate = Decimal(entry["rate"]).normalize()
        row = found.setdefault(rate, {"name": entry["name"], "rate": f"{rate:f}", "net": 0, "tax": 0})
        row["net"] += sign * entry["net"]
        row["tax"] += sign * entry["tax"]
    return [row for row in found.values() if row["net"] or row["tax"]]


def _turned(entry: dict[str, Any], turn: int, names: Iterable[str]) -> dict[str, Any]:
    return {**entry, **{name: turn * entry[name] for name in names}}
