"""A quote as JSON for the order's snapshot: amounts in minor units, rates as text."""

from __future__ import annotations

from typing import Any

from duli.commerce.pricing.types import Quote


def to_json(quote: Quote) -> dict[str, Any]:
    """Return the quote's totals and explanation as plain JSON values."""
    choice = quote.shipping_choice
    return {
        "currency": quote.currency,
        "prices_include_tax": quote.prices_include_tax,
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
        },
        "taxes": [
            {"name": entry.name, "rate": str(entry.rate), "net": entry.net.minor, "tax": entry.tax.minor}
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
    }
