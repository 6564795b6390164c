import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_store_credit"),
        ("customers", "0003_people"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=120)),
                ("email", models.EmailField(blank=True, db_index=True, max_length=254)),
                ("phone", models.CharField(blank=True, db_index=True, max_length=32)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("country", models.CharField(blank=True, help_text="Of the latest address.", max_length=2)),
                (
                    "erased_at",
                    models.DateTimeField(blank=True, help_text="The person asked to be forgotten.", null=True),
                ),
                ("accepts_email", models.BooleanField(default=False)),
                ("accepts_sms", models.BooleanField(default=False)),
                ("accepts_phone", models.BooleanField(default=False)),
                ("accepts_post", models.BooleanField(default=False)),
                ("orders_count", models.PositiveIntegerField(default=0)),
                ("spent_minor", models.BigIntegerField(default=0)),
                ("refunded_minor", models.BigIntegerField(default=0)),
                ("first_order_at", models.DateTimeField(blank=True, null=True)),
                ("last_order_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_index=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        help_text="This row is another name of that customer.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="customers.customer",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="customer",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustomerSearch",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ConsentRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "E-mail"), ("sms", "SMS"), ("phone", "Phone call"), ("post", "Letter")],
                        max_length=8,
                    ),
                ),
                ("given", models.BooleanField()),
                ("source", models.CharField(help_text='"checkout", "account", "staff", "import".', max_length=40)),
                ("wording", models.CharField(blank=True, help_text="The sentence that was agreed to.", max_length=500)),
                ("wording_version", models.CharField(blank=True, max_length=20)),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "network",
                    models.CharField(blank=True, help_text="The address of the network, cut short.", max_length=45),
                ),
                ("actor", models.CharField(max_length=60)),
                ("recorded_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="customers.customer"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CustomerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField(help_text="An `Address` (customers.types) as a dictionary.")),
                ("is_default", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="addresses", to="customers.customer"
                    ),
                ),
            ],
            options={
                "ordering": ["-is_default", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CustomerKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "Same e-mail address"),
                            ("phone", "Same phone number"),
                            ("place", "Same name and address"),
                        ],
                        max_length=5,
                    ),
                ),
                ("value", models.CharField(max_length=40)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="customers.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustomerNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("actor", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="customers.customer"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CustomerTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tags", to="customers.customer"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("export", "Copy of the data"), ("erase", "Deletion")], max_length=6),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "Waits for confirmation"),
                            ("waiting", "Being worked on"),
                            ("done", "Done"),
                            ("refused", "Not possible yet"),
                            ("expired", "Expired"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "token",
                    models.CharField(help_text="Opens the file, or confirms the deletion.", max_length=64, unique=True),
                ),
                ("path", models.CharField(blank=True, help_text="Of the file, below the data folder.", max_length=120)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("actor", models.CharField(max_length=60)),
                (
                    "receipt",
                    models.JSONField(default=dict, help_text="How much was exported or erased where; nobody's data."),
                ),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("email", "Same e-mail address"),
                            ("phone", "Same phone number"),
                            ("place", "Same name and address"),
                        ],
                        max_length=5,
                    ),
                ),
                ("dismissed", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StoreCreditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField(help_text="Above zero: given; below: taken.")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("refund", "Refund"),
                            ("goodwill", "Goodwill"),
                            ("correction", "Correction"),
                            ("spent", "Spent"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "reference",
                    models.CharField(blank=True, db_index=True, help_text='What it is for: "order:12".', max_length=60),
                ),
                ("note", models.CharField(blank=True, max_length=255)),
                ("actor", models.CharField(max_length=80)),
                ("idempotency_key", models.CharField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_entries",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("merged_into", None)), fields=["-created_at", "-id"], name="customer_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("merged_into", None)), fields=["-spent_minor", "-id"], name="customer_spent"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("merged_into", None)), fields=["-orders_count", "-id"], name="customer_orders"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["-last_order_at"], name="customer_last_order"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", None), ("user", None), _connector="OR"),
                name="customer_alias_has_no_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="customerkey",
            constraint=models.UniqueConstraint(fields=("kind", "value", "customer"), name="customer_key_once"),
        ),
        migrations.AddConstraint(
            model_name="customertag",
            constraint=models.UniqueConstraint(fields=("name", "customer"), name="customer_tag_once"),
        ),
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer__isnull", False), ("state", "waiting")),
                fields=("customer", "kind"),
                name="one_data_request_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="duplicatepair",
            index=models.Index(condition=models.Q(("dismissed", False)), fields=["-id"], name="duplicate_open"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="duplicate_pair_once"),
        ),
        migrations.AddIndex(
            model_name="storecreditentry",
            index=models.Index(fields=["customer", "currency"], name="credit_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="storecreditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="credit_entry_not_zero"
            ),
        ),
    ]
