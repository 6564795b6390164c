"""Keys that imported rows bring along: a number that follows from a key is never given a second time."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from duli.commerce.orders.states import FIRST_NUMBER

AHEAD = 10_000_000
"""How far beyond the newest row an imported number may lie and still keep its key."""


def free_key(model: type[models.Model], digits: str) -> int | None:
    """Return the key whose row would be given the number of these digits, if it is free."""
    if not (digits.isascii() and digits.isdigit() and len(digits) < 15):
        return None
    key, rows = int(digits) - FIRST_NUMBER, model._default_manager
    newest = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    # A number from nowhere must not use up the keys of rows to come.
    if not 0 < key <= newest + AHEAD or rows.filter(pk=key).exists():
        return None
    return key


def count_on_behind(model: type[models.Model]) -> None:
    """Let the database give keys behind those that imported rows brought along; SQLite does it by itself."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        sequence: Any = cursor.fetchone()[0]
        cursor.execute(f"SELECT last_value FROM {sequence}")  # noqa: S608 (the database's own word)
        (last,) = cursor.fetchone()
        newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest > last:
            cursor.execute("SELECT setval(%s, %s)", [sequence, newest])
