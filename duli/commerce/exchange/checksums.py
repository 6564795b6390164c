"""Whether a product in a file is what it was the last time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from duli.commerce.exchange.types import ImportedProduct, ImportedVariant

_PLACES = {"row", "facts"}


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def product_checksum(product: ImportedProduct) -> str:
    """Return a hash of everything the file says of the product, wherever in the file it stands."""
    return _digest(_without_places(asdict(product)))


def variant_checksum(variant: ImportedVariant) -> str:
    """Return a short hash of a variant without its stock, which shoppers change too."""
    values = _without_places(asdict(variant))
    del values["stock"]
    return _digest(values)[:16]


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(part) for key, part in value.items() if key not in _PLACES}
    if isinstance(value, (list, tuple)):
        return [_without_places(part) for part in value]
    return value
