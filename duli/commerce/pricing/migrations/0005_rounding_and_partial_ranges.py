"""How converted prices are rounded, and how many variants of a product have a price of their own in a list."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def count(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(
        "UPDATE pricing_pricerange SET variant_count = (SELECT COUNT(*) FROM pricing_price"
        " JOIN catalogue_variant ON catalogue_variant.id = pricing_price.variant_id"
        " WHERE pricing_price.price_list_id = pricing_pricerange.price_list_id"
        " AND catalogue_variant.product_id = pricing_pricerange.product_id AND catalogue_variant.is_active)"
    )


class Migration(migrations.Migration):
    dependencies = [("pricing", "0004_cost")]

    operations = [
        migrations.AddField(
            model_name="pricelist",
            name="rounding",
            field=models.CharField(
                default="none",
                help_text="Of prices that are converted because this list has none.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="pricerange",
            name="variant_count",
            field=models.PositiveIntegerField(default=0, help_text="Variants that have a price in this list."),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
