"""Customers, orders and old addresses: kinds of files whose columns are named by the merchant or by their titles.

A kind says which fields it knows, under which titles they usually stand (in English and Chinese, in Shopify,
WooCommerce and PrestaShop), which rows belong together, and what to do with them.
"""

from __future__ import annotations

from duli.commerce.exchange.records.base import Field, Kind, Outcome, signature, suggest
from duli.commerce.exchange.records.customers import Customers
from duli.commerce.exchange.records.orders import Orders
from duli.commerce.exchange.records.products import PRODUCT_FIELDS
from duli.commerce.exchange.records.redirects import Redirects

__all__ = ["KINDS", "PRODUCT_FIELDS", "Field", "Kind", "Outcome", "fields_of", "kind_for", "signature", "suggest"]

KINDS: dict[str, Kind] = {"customers": Customers(), "orders": Orders(), "redirects": Redirects()}


def fields_of(kind: str) -> tuple[Field, ...]:
    return PRODUCT_FIELDS if kind == "products" else KINDS[kind].fields


def kind_for(titles: list[str]) -> str:
    """Return the kind whose columns these most probably are, "" if it cannot be told."""
    best, score = "", 1
    for code, kind in KINDS.items():
        named = suggest(kind.fields, titles)
        if all(field.code in named for field in kind.fields if field.required) and kind.telling <= set(named):
            points = len(named) + (10 if code == "orders" else 0)
            if points > score:
                best, score = code, points
    return best
