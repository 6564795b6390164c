import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("payments", "0001_initial"),
        ("payments", "0002_reassignments"),
        ("payments", "0003_gift_cards"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="GatewaySetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("enabled", models.BooleanField(default=False)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("settings", models.JSONField(blank=True, default=dict)),
                ("test_mode", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="GiftCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_hash", models.CharField(max_length=64, null=True, unique=True)),
                ("last4", models.CharField(blank=True, db_index=True, max_length=4)),
                ("currency", models.CharField(max_length=3)),
                ("initial_minor", models.BigIntegerField()),
                ("balance_minor", models.BigIntegerField(default=0)),
                ("language", models.CharField(max_length=12)),
                ("recipient_email", models.EmailField(blank=True, db_index=True, max_length=254)),
                ("recipient_name", models.CharField(blank=True, max_length=120)),
                ("sender_name", models.CharField(blank=True, max_length=120)),
                ("message", models.TextField(blank=True)),
                ("deliver_on", models.DateField(blank=True, help_text="Sent on that day; empty: at once.", null=True)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                ("expires_on", models.DateField(blank=True, help_text="The last day; empty: without end.", null=True)),
                ("disabled_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, help_text="Only staff read it.", max_length=255)),
                (
                    "reference",
                    models.CharField(
                        blank=True, db_index=True, help_text='What it was bought by: "order:12".', max_length=60
                    ),
                ),
                ("source_key", models.CharField(max_length=80, null=True, unique=True)),
                ("created_by", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at__isnull", True)),
                        fields=["deliver_on"],
                        name="gift_card_to_be_sent",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("initial_minor__gt", 0)), name="gift_card_is_worth_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("balance_minor__gte", 0)), name="gift_card_not_below_nothing"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentCollection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(help_text='What it is for: "order:12".', max_length=80, unique=True)),
                (
                    "label",
                    models.CharField(blank=True, help_text="What people call it: the order number.", max_length=40),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("authorised_minor", models.BigIntegerField(default=0)),
                ("captured_minor", models.BigIntegerField(default=0)),
                ("refunded_minor", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Awaiting payment"),
                            ("authorised", "Authorised"),
                            ("partly_captured", "Partly paid"),
                            ("captured", "Paid"),
                            ("partly_refunded", "Partly refunded"),
                            ("refunded", "Refunded"),
                            ("review", "Needs review"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("method_code", models.CharField(blank=True, max_length=40)),
                (
                    "return_url",
                    models.CharField(blank=True, help_text="Where the shopper is sent afterwards.", max_length=500),
                ),
                ("language", models.CharField(max_length=12)),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, help_text="Nobody should pay any more.", null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-created_at"], name="payments_pa_state_64544f_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0)), name="collection_amount_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("authorised_minor__gte", 0), ("captured_minor__gte", 0), ("refunded_minor__gte", 0)
                        ),
                        name="collection_sums_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("refunded_minor__lte", models.F("captured_minor"))),
                        name="collection_refunded_within_captured",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=40)),
                (
                    "token",
                    models.CharField(
                        help_text="Our name for it at the provider: reference and idempotency key.",
                        max_length=64,
                        unique=True,
                    ),
                ),
                (
                    "idempotency_key",
                    models.CharField(help_text="The caller's, within its collection.", max_length=120, unique=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "Not answered yet"),
                            ("pending", "Waiting for the shopper"),
                            ("authorised", "Authorised"),
                            ("captured", "Paid"),
                            ("failed", "Failed"),
                            ("closed", "Closed"),
                        ],
                        default="created",
                        max_length=20,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("external_id", models.CharField(blank=True, db_index=True, max_length=255)),
                (
                    "step",
                    models.JSONField(
                        blank=True, help_text="What the shopper has to do, as the gateway answered.", null=True
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error_message", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("next_poll_at", models.DateTimeField(blank=True, null=True)),
                ("poll_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="payments.paymentcollection",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=255)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("authorised", "Authorised"),
                            ("captured", "Captured"),
                            ("failed", "Failed"),
                            ("closed", "Closed"),
                            ("refunded", "Refunded"),
                            ("refund_failed", "Refund failed"),
                            ("ignored", "Only noted"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "attempt_token",
                    models.CharField(blank=True, help_text="As the provider named it back to us.", max_length=64),
                ),
                (
                    "transaction_id",
                    models.CharField(
                        blank=True,
                        help_text="The provider's charge or refund; told twice, it counts once.",
                        max_length=255,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("account_matches", models.BooleanField(default=True)),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error_message", models.CharField(blank=True, max_length=500)),
                ("actor", models.CharField(max_length=80)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("body", models.BinaryField(blank=True, default=b"", help_text="Raw, as it was received.")),
                ("headers", models.JSONField(blank=True, default=dict)),
                ("received_at", models.DateTimeField()),
                ("processed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "None"),
                            ("unknown_attempt", "Belongs to no payment of this shop"),
                            ("amount_mismatch", "Another amount than asked for"),
                            ("currency_mismatch", "Another currency than asked for"),
                            ("account_mismatch", "Paid to another merchant account"),
                        ],
                        default="",
                        max_length=30,
                    ),
                ),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not decided yet"), ("accepted", "Accepted"), ("dismissed", "Dismissed")],
                        default="",
                        max_length=20,
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="payments.paymentattempt",
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="payments.paymentcollection",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Reassignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_minor", models.BigIntegerField()),
                ("actor", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.paymentattempt",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given",
                        to="payments.paymentcollection",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken",
                        to="payments.paymentcollection",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(help_text="Our idempotency key at the provider.", max_length=64, unique=True),
                ),
                (
                    "idempotency_key",
                    models.CharField(help_text="The caller's, within its collection.", max_length=120, unique=True),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("pending", "Refund on its way"),
                            ("succeeded", "Refunded"),
                            ("failed", "Failed"),
                        ],
                        default="requested",
                        max_length=20,
                    ),
                ),
                ("external_id", models.CharField(blank=True, db_index=True, max_length=255)),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("actor", models.CharField(max_length=80)),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error_message", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.paymentattempt",
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.paymentcollection",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="GiftCardEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_minor", models.BigIntegerField(help_text="Above zero: given; below: taken.")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("spent", "Spent"),
                            ("returned", "Refunded to the card"),
                            ("corrected", "Corrected by staff"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reference",
                    models.CharField(blank=True, db_index=True, help_text='What it is for: "order:12".', max_length=60),
                ),
                ("actor", models.CharField(max_length=80)),
                ("idempotency_key", models.CharField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.giftcard"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="gift_card_entry_not_zero"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="paymentattempt",
            index=models.Index(
                condition=models.Q(("next_poll_at__isnull", False)),
                fields=["next_poll_at"],
                name="attempt_to_be_polled",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="attempt_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("created", "pending"))),
                fields=("collection",),
                name="one_open_attempt",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentevent",
            index=models.Index(
                condition=models.Q(("processed_at__isnull", True)),
                fields=["received_at"],
                name="payment_event_unprocessed",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentevent",
            constraint=models.UniqueConstraint(fields=("provider", "external_id"), name="payment_event_once"),
        ),
        migrations.AddConstraint(
            model_name="paymentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="payment_event_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="reassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="reassignment_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="reassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True), name="reassignment_moves"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="refund_positive"),
        ),
    ]
