"""Let the history begin with the prices that stand, and their former prices count as what was asked before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import migrations


def begin(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_pricechange"
            " (price_list_id, variant_id, minor, compare_at_minor, origin, actor, changed_at)"
            " SELECT price_list_id, variant_id, minor, compare_at_minor, 'opening', '', %s FROM pricing_price",
            [datetime.now(UTC)],
        )
        for table in ("pricing_price", "pricing_pricerange"):
            cursor.execute(
                f"UPDATE {table} SET lowest_before_minor = compare_at_minor WHERE compare_at_minor IS NOT NULL"  # noqa: S608
            )


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_price_history")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
