"""How often one may try to pay, as the merchant sets it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.payments.guard import TOPIC
from duli.commerce.payments.models import TryLimits
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold

MOST = 1000
MOST_FACTOR = 100


@dataclass(frozen=True, slots=True)
class NewLimits:
    """Tries and failures within an hour; 0 is no limit. See `TryLimits`."""

    order_tries: int
    order_failures: int
    email_tries: int
    email_failures: int
    address_tries: int
    address_failures: int
    card_failures: int
    refuse_factor: int


@transaction.atomic
def save_limits(*, limits: NewLimits, actor: str, seen: Seen | None = None) -> TryLimits:
    """Set how often one may try to pay; the same again changes nothing. InvalidInput."""
    hold("payments.limits", seen)
    wanted = asdict(limits)
    for name, value in wanted.items():
        least, most = (1, MOST_FACTOR) if name == "refuse_factor" else (0, MOST)
        if not least <= value <= most:
            raise InvalidInput(field=name)
    row = TryLimits.objects.first() or TryLimits(pk=1)
    before = values_of(row)
    for name, value in wanted.items():
        setattr(row, name, value)
    if values_of(row) != before:
        row.save()
        record_change(
            area="payments",
            reference="payments:limits",
            label="limits",
            before=before,
            after=values_of(row),
            actor=actor,
        )
        mark(TOPIC)
    return row
