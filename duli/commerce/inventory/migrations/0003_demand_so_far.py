"""Begin the days' demand with what was shipped in the last months, so that days of cover are there at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import migrations
from django.db.models import Sum
from django.db.models.functions import TruncDate


def begin(apps: Any, schema_editor: Any) -> None:
    movement = apps.get_model("inventory", "StockMovement")
    demand = apps.get_model("inventory", "DailyDemand")
    since = datetime.now(UTC) - timedelta(days=91)
    rows = (
        movement.objects.filter(reason="shipped", created_at__gte=since)
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values_list("level__variant_id", "day")
        .annotate(units=-Sum("on_hand_change"))
        .order_by()
    )
    demand.objects.bulk_create(
        [demand(variant_id=pk, day=day, units=units) for pk, day, units in rows if units > 0], batch_size=1000
    )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_transfers_and_counts")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
