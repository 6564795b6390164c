from __future__ import annotations

from duli.base.clock import now
from duli.platform.tokens.models import ApiToken


def tokens() -> list[ApiToken]:
    """Return every token, living ones first, newest first within."""
    instant = now()
    rows = ApiToken.objects.select_related("created_by").order_by("-pk")
    return sorted(rows, key=lambda row: row.is_over(instant))
