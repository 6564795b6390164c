from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.base.ids import new_token
from duli.base.text import one_line
from duli.commerce.orders.models import ReturnPolicy
from duli.commerce.orders.return_reasons import Reason
from duli.commerce.orders.return_terms import TOPIC
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold
from duli.platform.store.selectors import current_store

MAXIMUM_DAYS = 3650
MOST_REASONS = 30
LONGEST_REASON = 80


@transaction.atomic
def save_policy(
    *,
    return_days: int,
    withdrawal_days: int,
    withdrawal_everywhere: bool,
    may_cancel: bool,
    may_change_address: bool,
    instructions: str,
    seen: Seen | None = None,
) -> ReturnPolicy:
    """Set what shoppers may do with an order themselves. InvalidInput: fewer than 14 days to withdraw."""
    hold("orders.policy", seen)
    if not 0 <= return_days <= MAXIMUM_DAYS:
        raise InvalidInput(field="return_days")
    if not 14 <= withdrawal_days <= MAXIMUM_DAYS:
        raise InvalidInput(field="withdrawal_days")
    row = ReturnPolicy.objects.first() or ReturnPolicy()
    row.pk = row.pk or 1
    row.return_days = return_days
    row.withdrawal_days = withdrawal_days
    row.withdrawal_everywhere = withdrawal_everywhere
    row.may_cancel = may_cancel
    row.may_change_address = may_change_address
    row.instructions = instructions.strip()[:2000]
    row.save()
    mark(TOPIC)
    return row


@transaction.atomic
def save_reasons(*, reasons: Sequence[Reason], seen: Seen | None = None) -> None:
    """Keep why goods may come back, in this order. A reason without a code is new.

    Each has words in the shop's own language, of at most 80 characters; one at least is offered. InvalidInput.
    """
    hold("orders.policy", seen)
    own = current_store().default_language
    rows = []
    for reason in reasons:
        texts = {language: one_line(text) for language, text in reason.texts.items() if one_line(text)}
        if not texts.get(own) or any(len(text) > LONGEST_REASON for text in texts.values()):
            raise InvalidInput(field="reasons")
        code = reason.code or f"r{new_token()[:12]}"
        rows.append({"code": code[:20], "texts": texts, "hidden": reason.is_hidden})
    codes = [row["code"] for row in rows]
    if len(rows) > MOST_REASONS or len(set(codes)) != len(codes) or all(row["hidden"] for row in rows):
        raise InvalidInput(field="reasons")
    row = ReturnPolicy.objects.first() or ReturnPolicy(pk=1)
    row.reasons = rows
    row.save()
    mark(TOPIC)
