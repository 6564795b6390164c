"""Whether a product in a file is what it was the last time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from duli.commerce.exchange.types import ImportedImage, ImportedOption, ImportedPrice, ImportedProduct, ImportedVariant

# Where in the file something stands, and numbers for other files, are no part of what it is.
# What only our own files tell counts where it is told, so that other files keep the checksums they had.
_OWN = {"safety", "related", "levels", "cost", "bundle", "files", "content", "is_gift_card"}
_PRODUCT = tuple(field.name for field in fields(ImportedProduct) if field.name not in {"row", "facts", *_OWN})
_VARIANT = tuple(
    field.name for field in fields(ImportedVariant) if field.name not in {"row", "stock", "origin_country", *_OWN}
)


def _told(thing: Any) -> list[Any]:
    """Return (name, value) of what a product or variant of our own file says beyond what others can."""
    names = [*sorted(_OWN), "origin_country"] if isinstance(thing, ImportedVariant) else sorted(_OWN)
    pairs = [(name, getattr(thing, name, None)) for name in names]
    return [(name, value) for name, value in pairs if value is not None and value != ""]


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, ImportedVariant):
        return [*(getattr(value, name) for name in _VARIANT), dict(value.stock), *_told(value)]
    if isinstance(value, ImportedImage):
        return [value.address, value.alt]
    if isinstance(value, ImportedOption):
        told = [dict(value.texts), dict(value.value_texts)] if value.texts or value.value_texts else []
        return [value.name, value.values, dict(value.swatches), *told]
    if isinstance(value, ImportedPrice):
        return [value.currency, value.minor, value.compare_at_minor]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def product_checksum(product: ImportedProduct) -> str:
    """Return a hash of everything the file says of the product, wherever in the file it stands."""
    return _digest([*(getattr(product, name) for name in _PRODUCT), *_told(product)])


def variant_checksum(variant: ImportedVariant) -> str:
    """Return a short hash of a variant without its stock, which shoppers change too."""
    return _digest([*(getattr(variant, name) for name in _VARIANT), *_told(variant)])[:16]
