from __future__ import annotations

from typing import Any

from django.db import migrations, models


def take_over(apps: Any, schema_editor: Any) -> None:
    """Give every tag the day of its order, in one statement: there may be a million."""
    tags, orders = apps.get_model("orders", "OrderTag"), apps.get_model("orders", "Order")
    placed = orders.objects.filter(pk=models.OuterRef("order_id")).values("placed_at")[:1]
    tags.objects.update(placed_at=models.Subquery(placed))


class Migration(migrations.Migration):
    # PostgreSQL changes no table whose rows were changed in the same transaction.
    atomic = False

    dependencies = [("orders", "0007_messages_and_private_photos")]

    operations = [
        migrations.RemoveIndex(model_name="ordertag", name="order_tag_newest"),
        migrations.AddField(model_name="ordertag", name="placed_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="ordertag",
            name="placed_at",
            field=models.DateTimeField(
                help_text="The order's own, so that the newest of a tag stand first in its index."
            ),
        ),
        migrations.AddIndex(
            model_name="ordertag",
            index=models.Index(fields=["name", "-placed_at", "-order"], name="order_tag_newest"),
        ),
    ]
