"""Whether a product in a file is what it was the last time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from duli.commerce.exchange.types import ImportedImage, ImportedOption, ImportedProduct, ImportedVariant

# Where in the file something stands, and numbers for other files, are no part of what it is.
_PRODUCT = tuple(field.name for field in fields(ImportedProduct) if field.name not in {"row", "facts"})
_VARIANT = tuple(field.name for field in fields(ImportedVariant) if field.name not in {"row", "stock"})


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, ImportedVariant):
        return [*(getattr(value, name) for name in _VARIANT), dict(value.stock)]
    if isinstance(value, ImportedImage):
        return [value.address, value.alt]
    if isinstance(value, ImportedOption):
        return [value.name, value.values, dict(value.swatches)]
    return [value.currency, value.minor, value.compare_at_minor] if hasattr(value, "currency") else str(value)


def product_checksum(product: ImportedProduct) -> str:
    """Return a hash of everything the file says of the product, wherever in the file it stands."""
    return _digest([getattr(product, name) for name in _PRODUCT])


def variant_checksum(variant: ImportedVariant) -> str:
    """Return a short hash of a variant without its stock, which shoppers change too."""
    return _digest([getattr(variant, name) for name in _VARIANT])[:16]
