from __future__ import annotations

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.fapiao.models import FapiaoSettings
from duli.commerce.fapiao.selectors import TOPIC
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold

MOST_DAYS = 90


@transaction.atomic
def save_settings(
    *, is_offered: bool, offers_special: bool = True, days: int = 7, actor: str, seen: Seen | None = None
) -> FapiaoSettings:
    """Say whether shoppers may ask for a fapiao, whether special ones too, and how soon they come. InvalidInput."""
    hold("fapiao:settings", seen)
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(field="days")
    row = FapiaoSettings.objects.filter(pk=1).first()
    before = values_of(row) if row else None
    row = row or FapiaoSettings(pk=1)
    row.is_offered, row.offers_special, row.days = is_offered, offers_special, days
    row.save()
    record_change(
        area="taxes", reference="fapiao_settings:1", label=str(row), before=before, after=values_of(row), actor=actor
    )
    mark(TOPIC)
    return row
