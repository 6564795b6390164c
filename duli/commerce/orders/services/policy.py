from __future__ import annotations

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.orders.models import ReturnPolicy
from duli.commerce.orders.return_terms import TOPIC
from duli.platform.store.changes import mark

MAXIMUM_DAYS = 3650


@transaction.atomic
def save_policy(
    *,
    return_days: int,
    withdrawal_days: int,
    withdrawal_everywhere: bool,
    may_cancel: bool,
    may_change_address: bool,
    instructions: str,
) -> ReturnPolicy:
    """Set what shoppers may do with an order themselves. InvalidInput: fewer than 14 days to withdraw."""
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
