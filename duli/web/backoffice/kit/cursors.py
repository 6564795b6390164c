"""Cursors for lists that are ordered by one column and the key: opaque in the address, harmless when broken."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


def encode(value: Any, pk: int) -> str:
    raw = json.dumps([value, pk], ensure_ascii=False, default=str)
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[Any, int] | None:
    """Return (value, key), or None for anything that `encode` did not write."""
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError):
        return None
    if not isinstance(pk, int) or not 0 < pk < 2**63 or not isinstance(value, (str, int)):
        return None
    if isinstance(value, int) and abs(value) >= 2**63:
        return None
    return value, pk


def page(rows: models.QuerySet[M], *, order: str, after: str, limit: int) -> tuple[list[M], str]:
    """Return one page of `rows` ordered by the column `order` ("-created_at", "title") and the next cursor."""
    name = order.lstrip("-")
    falling = order.startswith("-")
    step = "lt" if falling else "gt"
    cursor = decode(after) if after else None
    if cursor:
        try:
            value = cast("models.Field[Any, Any]", rows.model._meta.get_field(name)).to_python(cursor[0])
        except ValidationError:
            value = None
        if value is not None:
            later = Q(**{f"{name}__{step}": value}) | Q(**{name: value, f"pk__{step}": cursor[1]})
            rows = rows.filter(later)
    found = list(rows.order_by(order, "-pk" if falling else "pk")[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    remembered = getattr(last, name)
    return found[:limit], encode(remembered.isoformat() if isinstance(remembered, datetime) else remembered, last.pk)
