"""What scenarios speak of that this shop does in another way, or not yet. First match counts.

Whoever builds one of these takes its line out and adds steps.
"""

from __future__ import annotations

import re

REASONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"has original price", "a sale comes off the price that is asked, never off a former one"),
        (r"no access to|customer's cart|in the customer cart", "a cart belongs to who holds its secret token"),
        (r"using API|in the API|on the web store", "one cart for pages and API: nothing to hand over"),
        (r"shipping category", "shipping methods are not bound to kinds of goods yet"),
        (r"fee per unit", "shipping that costs the same for each unit is not there yet"),
        (r"nameless variant", "a variant always has a name: its option values"),
    )
)


def reason_for(texts: list[str]) -> str:
    """Return why a scenario with these steps cannot be played, or nothing."""
    for pattern, reason in REASONS:
        if any(pattern.search(text) for text in texts):
            return reason
    return ""
