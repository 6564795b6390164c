import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import duli.commerce.orders.search
from django.db import migrations, models


def index_words(apps, schema_editor):
    """Index the words of names on PostgreSQL, so that a surname is found; SQLite has nothing of the kind here."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX order_name_words ON orders_order USING gin (to_tsvector('simple', customer_name))"
        )


def drop_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS order_name_words")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_refunds_and_returns"),
        ("orders", "0003_desk_of_orders"),
        ("orders", "0004_documents"),
        ("orders", "0005_merged_orders"),
        ("orders", "0006_parts_of_bundles"),
        ("orders", "0007_messages_and_private_photos"),
        ("orders", "0008_tags_by_day"),
        ("orders", "0009_own_return_reasons"),
    ]

    dependencies = [
        ("catalogue", "0001_squashed_0006_bundles"),
        ("customers", "0001_squashed_0003_people"),
        ("inventory", "0001_squashed_0003_demand_so_far"),
        ("media", "0001_squashed_0002_private_files"),
        ("payments", "0001_squashed_0003_gift_cards"),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit note")], max_length=12, unique=True
                    ),
                ),
                ("prefix", models.CharField(max_length=12)),
                ("next_number", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="OrderExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField(help_text="Who asked, and may fetch it.")),
                ("language", models.CharField(max_length=12)),
                ("wanted", models.JSONField(help_text="The filter or the selection, as `export.to_json` writes it.")),
                ("form", models.CharField(help_text='"csv" or "xlsx".', max_length=4)),
                ("per_line", models.BooleanField(default=False, help_text="One row a line instead of one an order.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("file_name", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(db_index=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReturnPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "return_days",
                    models.PositiveSmallIntegerField(default=30, help_text="After delivery; 0: no returns online."),
                ),
                (
                    "withdrawal_days",
                    models.PositiveSmallIntegerField(default=14, help_text="After delivery of the last parcel."),
                ),
                (
                    "withdrawal_everywhere",
                    models.BooleanField(
                        default=False, help_text="Offer the withdrawal to buyers outside the European Union too."
                    ),
                ),
                ("may_cancel", models.BooleanField(default=True)),
                ("may_change_address", models.BooleanField(default=True)),
                (
                    "reasons",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Own reasons as (code, texts by language, hidden); empty: the usual ones.",
                    ),
                ),
                (
                    "instructions",
                    models.TextField(
                        blank=True, help_text="How goods are sent back; in the mail that approves a return."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=24, null=True, unique=True)),
                (
                    "token",
                    models.CharField(help_text="Opens the status page without a login.", max_length=64, unique=True),
                ),
                ("idempotency_key", models.CharField(max_length=80, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("completed", "Completed"), ("cancelled", "Cancelled")],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "payment_state",
                    models.CharField(
                        choices=[
                            ("unpaid", "Unpaid"),
                            ("authorised", "Authorised"),
                            ("partially_paid", "Partly paid"),
                            ("paid", "Paid"),
                            ("partially_refunded", "Partly refunded"),
                            ("refunded", "Refunded"),
                            ("review", "Needs review"),
                            ("voided", "Voided"),
                        ],
                        default="unpaid",
                        max_length=20,
                    ),
                ),
                (
                    "fulfilment_state",
                    models.CharField(
                        choices=[
                            ("unfulfilled", "To ship"),
                            ("partially_fulfilled", "Partly shipped"),
                            ("fulfilled", "Shipped"),
                            ("delivered", "Delivered"),
                            ("not_needed", "Nothing to ship"),
                        ],
                        default="unfulfilled",
                        max_length=20,
                    ),
                ),
                (
                    "return_state",
                    models.CharField(
                        choices=[
                            ("none", "None"),
                            ("requested", "Return requested"),
                            ("under_way", "Return under way"),
                            ("returned", "Returned"),
                        ],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("customer_name", models.CharField(blank=True, max_length=120)),
                ("email", models.EmailField(blank=True, db_index=True, max_length=254)),
                ("phone", models.CharField(blank=True, db_index=True, max_length=32)),
                ("language", models.CharField(max_length=12)),
                ("market_code", models.CharField(max_length=20)),
                ("currency", models.CharField(max_length=3)),
                ("prices_include_tax", models.BooleanField()),
                ("subtotal_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("shipping_minor", models.BigIntegerField(default=0)),
                ("tax_minor", models.BigIntegerField(default=0)),
                ("total_minor", models.BigIntegerField()),
                (
                    "refunded_minor",
                    models.BigIntegerField(default=0, help_text="The value taken back, with tax, however it was paid."),
                ),
                (
                    "credited_minor",
                    models.BigIntegerField(default=0, help_text="Of all refunds, what became store credit."),
                ),
                ("offset_minor", models.BigIntegerField(default=0, help_text="Sum of the refunds' offsets.")),
                ("quote", models.JSONField(help_text="The quote's explanation as it was shown.")),
                ("shipping_address", models.JSONField(blank=True, null=True)),
                ("billing_address", models.JSONField(blank=True, null=True)),
                ("shipping_method_name", models.CharField(blank=True, max_length=120)),
                ("shipping_method_code", models.CharField(blank=True, max_length=40)),
                ("payment_method_code", models.CharField(blank=True, max_length=40)),
                ("note", models.TextField(blank=True, help_text="What the shopper wrote.")),
                ("tags", models.JSONField(blank=True, default=list, help_text="As shown; filters read OrderTag.")),
                (
                    "country",
                    models.CharField(blank=True, help_text="Of the shipping address, for filters.", max_length=2),
                ),
                ("source", models.CharField(default="storefront", max_length=40)),
                ("placed_at", models.DateTimeField()),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, help_text="Staff have accepted the order.", null=True),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="Unpaid orders are cancelled then.", null=True),
                ),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=40)),
                (
                    "held_at",
                    models.DateTimeField(blank=True, help_text="Nothing is shipped until it is released.", null=True),
                ),
                ("hold_reason", models.CharField(blank=True, max_length=200)),
                (
                    "risk",
                    models.CharField(
                        choices=[("none", "No risk seen"), ("medium", "Look twice"), ("high", "High risk")],
                        default="none",
                        max_length=6,
                    ),
                ),
                (
                    "risk_reasons",
                    models.JSONField(blank=True, default=list, help_text="Codes of the rules that spoke."),
                ),
                (
                    "risk_cleared_at",
                    models.DateTimeField(blank=True, help_text="Staff have looked and found it safe.", null=True),
                ),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, help_text="The shopper was reminded to pay.", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="orders",
                        to="customers.customer",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        help_text="The order that its goods and money belong to now; this one is cancelled and empty.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="absorbed",
                        to="orders.order",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        help_text="The order that this one was split off from.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="offshoots",
                        to="orders.order",
                    ),
                ),
                (
                    "payment_collection",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.paymentcollection",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fulfilment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("shipped", "On its way"),
                            ("out_for_delivery", "Out for delivery"),
                            ("delivered", "Delivered"),
                            ("exception", "Problem on the way"),
                        ],
                        default="shipped",
                        max_length=20,
                    ),
                ),
                ("carrier", models.CharField(blank=True, max_length=40)),
                ("tracking_number", models.CharField(blank=True, db_index=True, max_length=80)),
                ("tracking_url", models.URLField(blank=True, max_length=500)),
                ("idempotency_key", models.CharField(max_length=80, unique=True)),
                ("shipped_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "location",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.location",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fulfilments", to="orders.order"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product_id", models.BigIntegerField(db_index=True, null=True)),
                ("product_handle", models.CharField(blank=True, max_length=160)),
                ("title", models.CharField(max_length=255)),
                ("variant_title", models.CharField(blank=True, max_length=255)),
                ("sku", models.CharField(blank=True, db_index=True, max_length=100)),
                (
                    "image",
                    models.JSONField(blank=True, help_text="Fields of the asset: id, hash, width, height.", null=True),
                ),
                ("requires_shipping", models.BooleanField(default=True)),
                ("weight_grams", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What one unit of a bundle consisted of: fields of a NamedPart each.",
                    ),
                ),
                ("quantity", models.PositiveIntegerField()),
                ("fulfilled_quantity", models.PositiveIntegerField(default=0)),
                (
                    "cancelled_quantity",
                    models.PositiveIntegerField(
                        default=0, help_text="Refunded before they were sent: never to be shipped."
                    ),
                ),
                ("refunded_quantity", models.PositiveIntegerField(default=0)),
                ("unit_price_minor", models.BigIntegerField()),
                ("subtotal_minor", models.BigIntegerField(help_text="unit price × quantity")),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("tax_minor", models.BigIntegerField(default=0)),
                ("total_minor", models.BigIntegerField(help_text="What the shopper pays for the line, tax included.")),
                ("tax_rate", models.DecimalField(decimal_places=5, default=0, max_digits=7)),
                ("tax_name", models.CharField(blank=True, max_length=60)),
                ("refunded_minor", models.BigIntegerField(default=0, help_text="Of the total, with tax.")),
                ("refunded_tax_minor", models.BigIntegerField(default=0)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.order"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalogue.variant",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FulfilmentLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField()),
                (
                    "fulfilment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.fulfilment"
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parcels", to="orders.orderline"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_shopper", models.BooleanField()),
                ("text", models.TextField()),
                ("actor", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="orders.order"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="OrderRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "idempotency_key",
                    models.CharField(help_text="The caller's, within its order.", max_length=120, unique=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "On its way"), ("succeeded", "Refunded"), ("failed", "Failed")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("goods_minor", models.BigIntegerField(default=0)),
                ("shipping_minor", models.BigIntegerField(default=0)),
                ("shipping_tax_minor", models.BigIntegerField(default=0)),
                ("adjustment_minor", models.BigIntegerField(default=0, help_text="Below zero: a fee that is kept.")),
                ("amount_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField(default=0)),
                (
                    "taxes",
                    models.JSONField(
                        default=list, help_text="Per rate: name, rate, gross, net and tax that went back."
                    ),
                ),
                ("original_minor", models.BigIntegerField(default=0, help_text="Back the way it was paid.")),
                ("credit_minor", models.BigIntegerField(default=0, help_text="As store credit.")),
                ("offset_minor", models.BigIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("actor", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="refunds", to="orders.order"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("invoice", "Invoice"), ("credit_note", "Credit note")], max_length=12),
                ),
                ("number", models.PositiveIntegerField()),
                ("label", models.CharField(help_text='As printed: "INV-000123".', max_length=24, unique=True)),
                ("language", models.CharField(max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("snapshot", models.JSONField(help_text="Everything that is printed; see `services/documents.py`.")),
                ("issued_at", models.DateTimeField(db_index=True)),
                ("actor", models.CharField(max_length=80)),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        help_text="The invoice that a credit note takes back a part of.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="orders.document",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="orders.documentseries",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="orders.order"
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="document",
                        to="orders.orderrefund",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="OrderRefundLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField()),
                ("total_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("restock", models.BooleanField(default=False)),
                (
                    "location",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.location",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="refund_lines", to="orders.orderline"
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.orderrefund"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="OrderReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=24, null=True, unique=True)),
                ("idempotency_key", models.CharField(max_length=120, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("return", "Return"), ("withdrawal", "Withdrawal")], default="return", max_length=12
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("received", "Received"),
                            ("inspected", "Inspected"),
                            ("completed", "Completed"),
                            ("rejected", "Rejected after inspection"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refund", "Refund"),
                            ("credit", "Store credit"),
                            ("exchange", "Exchange"),
                            ("rejected", "Nothing back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True, help_text="What the shopper wrote.")),
                (
                    "answer",
                    models.TextField(blank=True, help_text="What the shopper was told: how to send it, or why not."),
                ),
                ("declarant", models.CharField(blank=True, help_text="Who declared the withdrawal.", max_length=120)),
                (
                    "receipt_to",
                    models.EmailField(blank=True, help_text="Where the receipt of a withdrawal went.", max_length=254),
                ),
                ("tracking_number", models.CharField(blank=True, max_length=80)),
                ("actor", models.CharField(max_length=80)),
                ("requested_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("received_at", models.DateTimeField(blank=True, null=True)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="returns", to="orders.order"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="orderrefund",
            name="order_return",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="refunds",
                to="orders.orderreturn",
            ),
        ),
        migrations.CreateModel(
            name="OrderTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                (
                    "placed_at",
                    models.DateTimeField(
                        help_text="The order's own, so that the newest of a tag stand first in its index."
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tag_rows", to="orders.order"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RefundPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_minor", models.BigIntegerField()),
                (
                    "error",
                    models.CharField(blank=True, help_text="Why the payment room did not take it.", max_length=500),
                ),
                (
                    "replaced",
                    models.BooleanField(default=False, help_text="It failed, and another part was tried instead."),
                ),
                (
                    "payment_refund",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.refund",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="payments", to="orders.orderrefund"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReturnLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, help_text="A code of `return_reasons`.", max_length=20)),
                ("received_quantity", models.PositiveIntegerField(default=0)),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("as_new", "As new"),
                            ("opened", "Opened, complete"),
                            ("used", "Used"),
                            ("damaged", "Damaged"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "restocked_quantity",
                    models.PositiveIntegerField(default=0, help_text="Put back on sale at the inspection."),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="return_lines", to="orders.orderline"
                    ),
                ),
                (
                    "order_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.orderreturn"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReturnPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField(blank=True, null=True)),
                ("mime", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField()),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.privatefile",
                    ),
                ),
                (
                    "order_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="orders.orderreturn"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["-placed_at", "-id"], name="order_newest"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["status", "fulfilment_state", "payment_state", "-placed_at"],
                name="orders_orde_status_770bac_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["customer", "-placed_at"], name="orders_orde_custome_7b68ab_idx"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("status", "open")),
                fields=["expires_at"],
                name="order_expiry",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=duli.commerce.orders.search.PrefixIndex(
                django.db.models.functions.text.Upper("number"), name="order_by_number"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=duli.commerce.orders.search.PrefixIndex(
                django.db.models.functions.text.Upper("email"), name="order_by_email"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=duli.commerce.orders.search.PrefixIndex(
                django.db.models.functions.text.Upper("customer_name"), name="order_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(duli.commerce.orders.search.Tail("customer_name", 2), name="order_by_given_name"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(duli.commerce.orders.search.Tail("phone", 8), name="order_by_phone"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(duli.commerce.orders.search.Tail("phone", 4), name="order_by_phone_end"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["payment_state", "-placed_at", "-id"], name="order_payment_newest"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["fulfilment_state", "-placed_at", "-id"], name="order_fulfilment_newest"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["country", "-placed_at", "-id"], name="order_country_newest"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "cancelled")), fields=["-placed_at", "-id"], name="order_cancelled_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    ("fulfilment_state__in", ["unfulfilled", "partially_fulfilled"]), ("status", "open")
                ),
                fields=["-placed_at", "-id"],
                name="order_waiting_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("risk", "none"), _negated=True),
                fields=["-placed_at", "-id"],
                name="order_risky_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("held_at__isnull", False)), fields=["-placed_at", "-id"], name="order_held_newest"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gte", 0)), name="order_total_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credited_minor__gte", 0),
                    ("refunded_minor__gte", 0),
                    ("refunded_minor__lte", models.F("total_minor")),
                ),
                name="not_more_refunded_than_sold",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "cancelled"), _negated=True), ("cancelled_at__isnull", False), _connector="OR"
                ),
                name="cancelled_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_at__isnull", False), ("hold_reason", ""), _connector="OR"),
                name="hold_reason_needs_a_hold",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("status", "cancelled"), ("total_minor", 0)),
                    _connector="OR",
                ),
                name="merged_is_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="fulfilment",
            index=models.Index(django.db.models.functions.text.Upper("tracking_number"), name="parcel_by_tracking"),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                django.db.models.functions.text.Upper("sku"),
                models.OrderBy(models.F("order"), descending=True),
                name="line_by_sku",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="order_line_positive"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "quantity__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("fulfilled_quantity"), "+", models.F("cancelled_quantity")
                        ),
                    )
                ),
                name="not_more_shipped_than_sold",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunded_minor__lte", models.F("total_minor")),
                    ("refunded_quantity__lte", models.F("quantity")),
                    ("refunded_tax_minor__lte", models.F("tax_minor")),
                ),
                name="not_more_refunded_than_the_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="fulfilmentline",
            constraint=models.UniqueConstraint(fields=("fulfilment", "order_line"), name="parcel_line_once"),
        ),
        migrations.AddConstraint(
            model_name="fulfilmentline",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="parcel_line_positive"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("series", "number"), name="document_number_once"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "invoice")), fields=("order",), name="one_invoice_an_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "invoice"), ("refund__isnull", True)),
                    models.Q(("kind", "credit_note"), ("refund__isnull", False)),
                    _connector="OR",
                ),
                name="credit_note_has_a_refund",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderrefundline",
            constraint=models.UniqueConstraint(fields=("refund", "order_line"), name="refund_line_once"),
        ),
        migrations.AddConstraint(
            model_name="orderrefundline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0), ("tax_minor__gte", 0), ("total_minor__gte", 0)),
                name="refund_line_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(fields=["state", "-id"], name="return_by_state"),
        ),
        migrations.AddConstraint(
            model_name="orderrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gte", 0),
                    ("credit_minor__gte", 0),
                    ("goods_minor__gte", 0),
                    ("original_minor__gte", 0),
                    ("shipping_minor__gte", 0),
                ),
                name="order_refund_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount_minor",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("goods_minor"), "+", models.F("shipping_minor")
                            ),
                            "+",
                            models.F("adjustment_minor"),
                        ),
                    )
                ),
                name="order_refund_parts_sum_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount_minor",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("original_minor"), "+", models.F("credit_minor")
                            ),
                            "+",
                            models.F("offset_minor"),
                        ),
                    )
                ),
                name="order_refund_is_divided",
            ),
        ),
        migrations.AddIndex(
            model_name="ordertag",
            index=models.Index(fields=["name", "-placed_at", "-order"], name="order_tag_newest"),
        ),
        migrations.AddConstraint(
            model_name="ordertag",
            constraint=models.UniqueConstraint(fields=("order", "name"), name="order_tag_once"),
        ),
        migrations.AddConstraint(
            model_name="refundpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="refund_payment_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.UniqueConstraint(fields=("order_return", "order_line"), name="return_line_once"),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="return_line_positive"),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("received_quantity__lte", models.F("quantity")),
                    ("restocked_quantity__lte", models.F("received_quantity")),
                ),
                name="not_more_received_than_sent_back",
            ),
        ),
        migrations.RunPython(index_words, drop_words),
    ]
