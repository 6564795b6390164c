from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("store", "0001_initial"),
        ("store", "0002_market_checks_reductions"),
        ("store", "0003_setup_steps"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(max_length=80)),
                ("happened_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="SetupStep",
            fields=[
                ("step", models.SlugField(max_length=20, primary_key=True, serialize=False)),
                ("skipped", models.BooleanField(default=False)),
                ("passed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Market",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("countries", models.JSONField(default=list, help_text="ISO 3166 codes; empty means everywhere else.")),
                ("currency", models.CharField(max_length=3)),
                ("language", models.CharField(max_length=12)),
                ("prices_include_tax", models.BooleanField(default=True)),
                (
                    "checks_reductions",
                    models.BooleanField(
                        blank=True,
                        help_text="Former prices obey the lowest price of 30 days; empty: where the law asks for it.",
                        null=True,
                    ),
                ),
                ("is_default", models.BooleanField(default=False)),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_market"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(default="Duli", max_length=120)),
                ("tagline", models.CharField(blank=True, max_length=200)),
                ("legal_name", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("address", models.TextField(blank=True)),
                (
                    "registration",
                    models.CharField(
                        blank=True, help_text="Company or ICP number shown in the footer.", max_length=120
                    ),
                ),
                ("default_language", models.CharField(default="zh-hans", max_length=12)),
                ("default_currency", models.CharField(default="CNY", max_length=3)),
                ("time_zone", models.CharField(default="Asia/Shanghai", max_length=60)),
                ("accent", models.CharField(default="#2f6f62", max_length=7)),
                ("order_prefix", models.CharField(blank=True, max_length=12)),
                (
                    "hold_minutes",
                    models.PositiveIntegerField(
                        default=60, help_text="How long an order keeps its stock while a payment online is open."
                    ),
                ),
                ("low_stock_threshold", models.PositiveIntegerField(default=5)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="store_is_one")],
            },
        ),
        migrations.CreateModel(
            name="Translation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("object_id", models.BigIntegerField()),
                ("language", models.CharField(max_length=12)),
                ("field", models.CharField(max_length=40)),
                ("value", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "object_id", "language", "field"), name="one_translation")
                ],
            },
        ),
    ]
