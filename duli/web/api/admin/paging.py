from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from duli.base.errors import InvalidInput

M = TypeVar("M", bound=Model)
PAGE = 50
MOST = 200


def size_of(limit: int) -> int:
    """Return a page's size: between 1 and 200."""
    return min(max(limit, 1), MOST)


def page_by_id(rows: QuerySet[M], *, after: str, limit: int, oldest: bool = False) -> tuple[list[M], str]:
    """Return the newest rows after the cursor, and the cursor of the next page. InvalidInput for a strange one.

    `oldest`: the oldest ones come first.
    """
    if after:
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise InvalidInput(field="after")
        rows = rows.filter(**{"pk__gt" if oldest else "pk__lt": int(after)})
    found: list[Any] = list(rows.order_by("pk" if oldest else "-pk")[: size_of(limit) + 1])
    more = len(found) > size_of(limit)
    found = found[: size_of(limit)]
    return found, str(found[-1].pk) if more else ""
