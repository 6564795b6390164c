"""One change after the other, and none over what somebody did not see.

A verb that changes something which people edit on forms takes `seen`, calls `hold` first in its transaction and so lets
whoever opened the form compare: behind the lock, before anything is written. Compared any earlier, two saves within the
same milliseconds would both pass, and the first would be lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import connection

from duli.platform.store.changes import look_now

Seen = Callable[[], None]
"""Raises `Conflict` if what is stored is not what somebody decided by. It reads only."""


def hold(name: str, seen: Seen | None = None) -> None:
    """Keep others from changing what `name` stands for until the transaction ends, then compare what was seen.

    A name and not a row, so that what is only made by the first save (a text, the row of a setting) is held as well.
    Raises what `seen` raises.
    """
    if connection.vendor == "postgresql":
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    # On SQLite a transaction that writes is alone from its first statement on (BEGIN IMMEDIATE).
    compare(seen)


def compare(seen: Seen | None) -> None:
    """Compare what was seen, where the verb holds a row lock of its own already."""
    if seen is not None:
        # What this process remembers may be older than the lock.
        look_now()
        seen()
