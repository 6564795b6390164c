import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("inventory", "0001_initial"),
        ("inventory", "0002_transfers_and_counts"),
        ("inventory", "0003_demand_so_far"),
    ]

    dependencies = [
        ("catalogue", "0001_squashed_0006_bundles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("country", models.CharField(default="CN", max_length=2)),
                ("address", models.TextField(blank=True)),
                ("priority", models.PositiveSmallIntegerField(default=0, help_text="Lowest is taken from first.")),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["priority", "pk"],
            },
        ),
        migrations.CreateModel(
            name="StockCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_by", models.CharField(blank=True, max_length=60)),
                ("requested_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("levels", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="StockCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Being counted"), ("applied", "Applied"), ("cancelled", "Cancelled")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("created_by", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
                ("closed_by", models.CharField(blank=True, max_length=60)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="counts", to="inventory.location"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StockCountLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("expected", models.IntegerField()),
                ("counted", models.PositiveIntegerField(blank=True, null=True)),
                ("on_hand_then", models.IntegerField(blank=True, null=True)),
                ("counted_by", models.CharField(blank=True, max_length=60)),
                ("counted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "count",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="inventory.stockcount"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="count_lines", to="catalogue.variant"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="StockLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on_hand", models.IntegerField(default=0)),
                ("reserved", models.IntegerField(default=0)),
                ("incoming", models.PositiveIntegerField(default=0)),
                ("backorder_limit", models.PositiveIntegerField(default=0)),
                (
                    "backorder_promise",
                    models.CharField(
                        blank=True,
                        help_text="What shoppers are told when they buy what is not there yet.",
                        max_length=120,
                    ),
                ),
                (
                    "low_stock_threshold",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty means the store's own threshold.", null=True
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="levels", to="inventory.location"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stock_levels", to="catalogue.variant"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(db_index=True, max_length=60)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("allocated", "Allocated"),
                            ("shipped", "Shipped"),
                            ("released", "Released"),
                        ],
                        default="held",
                        max_length=10,
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reservations",
                        to="inventory.stocklevel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on_hand_change", models.IntegerField(default=0)),
                ("reserved_change", models.IntegerField(default=0)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("initial", "First count"),
                            ("received", "Received"),
                            ("counted", "Counted"),
                            ("damaged", "Damaged"),
                            ("lost", "Lost or stolen"),
                            ("returned", "Returned by a customer"),
                            ("corrected", "Correction"),
                            ("imported", "Import"),
                            ("reserved", "Held for an order"),
                            ("released", "Hold released"),
                            ("shipped", "Shipped"),
                            ("restocked", "Put back after a cancellation"),
                            ("moved_out", "Sent to another location"),
                            ("moved_in", "Received from another location"),
                            ("repaired", "Numbers set right"),
                        ],
                        max_length=12,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=255)),
                ("actor", models.CharField(blank=True, max_length=60)),
                ("reference", models.CharField(blank=True, db_index=True, max_length=60)),
                ("created_at", models.DateTimeField()),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="movements", to="inventory.stocklevel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StockTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("transfer", "Transfer"), ("delivery", "Delivery")], default="transfer", max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "On its way"),
                            ("received", "Received"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("supplier", models.CharField(blank=True, max_length=120)),
                ("note", models.CharField(blank=True, max_length=255)),
                ("expected_on", models.DateField(blank=True, null=True)),
                (
                    "difference",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("lost", "Lost on the way"),
                            ("returned", "Back at the sender"),
                            ("not_sent", "Never sent by the supplier"),
                        ],
                        max_length=10,
                    ),
                ),
                ("difference_note", models.CharField(blank=True, max_length=255)),
                ("created_by", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outgoing",
                        to="inventory.location",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="arriving", to="inventory.location"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StockTransferLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField()),
                ("received", models.PositiveIntegerField(default=0)),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="inventory.stocktransfer"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transfer_lines",
                        to="catalogue.variant",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="DailyDemand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("units", models.IntegerField(default=0)),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="daily_demand", to="catalogue.variant"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="demand_day")],
                "constraints": [models.UniqueConstraint(fields=("variant", "day"), name="demand_once_a_day")],
            },
        ),
        migrations.AddIndex(
            model_name="stockcount",
            index=models.Index(fields=["state", "-id"], name="count_state"),
        ),
        migrations.AddConstraint(
            model_name="stockcountline",
            constraint=models.UniqueConstraint(fields=("count", "variant"), name="count_line_once"),
        ),
        migrations.AddConstraint(
            model_name="stockcountline",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted__isnull", True), ("on_hand_then__isnull", False), _connector="OR"),
                name="counted_against_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.UniqueConstraint(fields=("variant", "location"), name="stock_level_once"),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.CheckConstraint(condition=models.Q(("reserved__gte", 0)), name="reserved_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.CheckConstraint(condition=models.Q(("on_hand__gte", 0)), name="on_hand_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reserved__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("on_hand"), "+", models.F("backorder_limit")
                        ),
                    )
                ),
                name="reserved_is_covered",
            ),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(condition=models.Q(("state", "held")), fields=["expires_at"], name="reservation_expiry"),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="reservation_positive"),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["level", "-id"], name="inventory_s_level_i_fa9d16_idx"),
        ),
        migrations.AddIndex(
            model_name="stocktransfer",
            index=models.Index(fields=["state", "-id"], name="transfer_state"),
        ),
        migrations.AddConstraint(
            model_name="stocktransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "transfer"), ("source__isnull", False)),
                    models.Q(("kind", "delivery"), ("source__isnull", True)),
                    _connector="OR",
                ),
                name="only_transfers_have_a_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("source__isnull", True), models.Q(("source", models.F("target")), _negated=True), _connector="OR"
                ),
                name="transfer_goes_elsewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransferline",
            constraint=models.UniqueConstraint(fields=("transfer", "variant"), name="transfer_line_once"),
        ),
        migrations.AddConstraint(
            model_name="stocktransferline",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="transfer_line_positive"),
        ),
    ]
