"""Where the numbers of a waiting room are given out: in the shop's database, or in Redis where that is set up.

Both are right with any number of worker processes; Redis spares the database the arrivals of a crowd.
"""

from __future__ import annotations

from django.conf import settings

from duli.commerce.flash_sales.lines.base import Line
from duli.commerce.flash_sales.lines.database import DatabaseLine
from duli.commerce.flash_sales.lines.shared import SharedLine


def line() -> Line:
    """Return the line of this installation."""
    shared = settings.CACHES["default"]["BACKEND"].endswith("RedisCache")
    return SharedLine() if shared else DatabaseLine()
