import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("pricing", "0001_initial"),
        ("pricing", "0002_price_history"),
        ("pricing", "0003_price_history_opening"),
        ("pricing", "0004_cost"),
        ("pricing", "0005_rounding_and_partial_ranges"),
    ]

    dependencies = [
        ("catalogue", "0001_squashed_0006_bundles"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("base", models.CharField(max_length=3)),
                ("quote", models.CharField(max_length=3)),
                ("rate", models.DecimalField(decimal_places=8, max_digits=18)),
                ("valid_from", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("base", "quote", "valid_from"), name="exchange_rate_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("is_default", models.BooleanField(default=True, help_text="The list markets of this currency read.")),
                (
                    "rounding",
                    models.CharField(
                        default="none",
                        help_text="Of prices that are converted because this list has none.",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("currency",),
                        name="one_default_list_per_currency",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country", models.CharField(max_length=2)),
                ("region", models.CharField(blank=True, max_length=20)),
                ("tax_class", models.SlugField(default="standard", max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("rate", models.DecimalField(decimal_places=5, help_text="0.13 for 13 %.", max_digits=7)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "region", "tax_class", "valid_from"), name="tax_rate_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("rate__gte", 0)), name="tax_rate_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                (
                    "variant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cost", to="catalogue.variant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("minor__gte", 0)), name="cost_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minor", models.BigIntegerField()),
                ("compare_at_minor", models.BigIntegerField(blank=True, null=True)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("opening", "Before the history began"),
                            ("imported", "Import"),
                            ("set", "Set in the shop"),
                        ],
                        default="set",
                        max_length=10,
                    ),
                ),
                ("actor", models.CharField(blank=True, max_length=60)),
                ("changed_at", models.DateTimeField()),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_changes",
                        to="catalogue.variant",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="pricing.pricelist"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["variant", "price_list", "changed_at", "id"], name="price_history")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("minor__gte", 0)), name="past_price_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minor", models.BigIntegerField()),
                ("compare_at_minor", models.BigIntegerField(blank=True, null=True)),
                ("lowest_before_minor", models.BigIntegerField(blank=True, null=True)),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="catalogue.variant"
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="pricing.pricelist"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("variant", "price_list"), name="price_once"),
                    models.CheckConstraint(condition=models.Q(("minor__gte", 0)), name="price_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("compare_at_minor__isnull", True),
                            ("compare_at_minor__gt", models.F("minor")),
                            _connector="OR",
                        ),
                        name="compare_at_is_higher",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minimum_minor", models.BigIntegerField()),
                ("maximum_minor", models.BigIntegerField()),
                ("compare_at_minor", models.BigIntegerField(help_text="Of the cheapest variant.", null=True)),
                ("lowest_before_minor", models.BigIntegerField(help_text="Of the cheapest variant.", null=True)),
                (
                    "variant_count",
                    models.PositiveIntegerField(default=0, help_text="Variants that have a price in this list."),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ranges", to="pricing.pricelist"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="price_ranges", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["price_list", "minimum_minor", "product"], name="pricing_pri_price_l_9093df_idx"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("product", "price_list"), name="price_range_once")],
            },
        ),
    ]
