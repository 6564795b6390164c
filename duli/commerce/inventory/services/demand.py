from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from duli.commerce.inventory.models import DailyDemand
from duli.platform.store.selectors import current_store


@transaction.atomic
def count_demand(*, quantities: Mapping[int, int], at: datetime) -> None:
    """Add ordered units per variant to the day of `at` in the store's time zone; days of cover follow from it."""
    day = at.astimezone(ZoneInfo(current_store().time_zone)).date()
    DailyDemand.objects.bulk_create(
        [DailyDemand(variant_id=pk, day=day) for pk in sorted(quantities)], ignore_conflicts=True
    )
    for pk, units in sorted(quantities.items()):
        DailyDemand.objects.filter(variant_id=pk, day=day).update(units=F("units") + units)
