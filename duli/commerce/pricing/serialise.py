"""A quote as JSON for the order's snapshot: amounts in minor units, rates as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from duli.base.money import Money
from duli.commerce.pricing.types import Quote, QuotedTax, Tax, TaxPart


def taxes_json(taxes: Iterable[QuotedTax]) -> list[dict[str, Any]]:
    """Return the taxes on one line as they are kept with it: rule, rate, base and amount."""
    return [
        {
            "rule": entry.rule_id,
            "name": entry.name,
            "rate": str(entry.rate),
            "compound": entry.compound,
            "base": entry.base.minor,
            "amount": entry.amount.minor,
            "included": entry.included,
        }
        for entry in taxes
    ]


def taxes_of_part(kept: Sequence[Mapping[str, Any]], net: int, tax: Money) -> list[dict[str, Any]]:
    """Return the kept taxes of a line for a part of it, which has so much net (minor units) and tax."""
    if not kept:
        return []
    weights = [entry["amount"] for entry in kept]
    found, base = [], net
    for entry, share in zip(kept, tax.allocate(weights), strict=True):
        found.append({**entry, "base": base if entry["compound"] else net, "amount": share.minor})
        base += share.minor
    return found


def tax_of(name: str, rate: Decimal, kept: Iterable[Mapping[str, Any]]) -> Tax:
    """Return the tax a line was sold at from what was kept with it; lines of older days kept a name and a rate."""
    rows = list(kept)
    parts = tuple(
        TaxPart(entry["name"], Decimal(entry["rate"]), entry["rule"], bool(entry["compound"])) for entry in rows
    )
    return Tax(name, rate, parts, rows[0]["included"] if rows else None)


def to_json(quote: Quote) -> dict[str, Any]:
    """Return the quote's totals and explanation as plain JSON values."""
    choice = quote.shipping_choice
    return {
        "currency": quote.currency,
        "prices_include_tax": quote.prices_include_tax,
        "rounding": quote.rounding.value,
        "subtotal": quote.subtotal.minor,
        "discount": quote.discount.minor,
        "shipping": quote.shipping.minor,
        "tax": quote.tax.minor,
        "total": quote.total.minor,
        "shipping_choice": None
        if choice is None
        else {
            "code": choice.code,
            "name": choice.name,
            "price": choice.price.minor,
            "net": choice.net.minor,
            "tax": choice.tax.minor,
            "total": choice.total.minor,
            "tax_rate": str(choice.tax_rate),
            "shares": [
                {
                    "name": share.name,
                    "rate": str(share.rate),
                    "net": share.net.minor,
                    "tax": share.tax.minor,
                    "total": share.total.minor,
                    "taxes": taxes_json(share.taxes),
                }
                for share in choice.shares
            ],
        },
        "taxes": [
            {
                "name": entry.name,
                "rate": str(entry.rate),
                "net": entry.net.minor,
                "tax": entry.tax.minor,
                "included": entry.included,
            }
            for entry in quote.taxes
        ],
        "adjustments": [
            {
                "kind": entry.kind,
                "code": entry.code,
                "label": entry.label,
                "amount": entry.amount.minor,
                "applied": entry.applied,
                "why": entry.why,
                "line_key": entry.line_key,
            }
            for entry in quote.adjustments
        ],
        "promotions": [
            {
                "id": entry.promotion.id,
                "version": entry.promotion.version,
                "title": entry.promotion.title,
                "code": entry.code,
                "amount": entry.amount.minor,
                "shipping": entry.shipping.minor,
                "is_price": entry.promotion.on_shelf,
                "lines": {key: amount.minor for key, amount in entry.lines.items()},
                **({"points": dict(entry.points)} if entry.points else {}),
            }
            for entry in quote.outcomes
            if entry.applied
        ],
    }
