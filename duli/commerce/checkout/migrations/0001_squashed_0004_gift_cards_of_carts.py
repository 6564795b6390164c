import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("checkout", "0001_initial"),
        ("checkout", "0002_drafts"),
        ("checkout", "0003_drafts_in_full"),
        ("checkout", "0004_gift_cards_of_carts"),
    ]

    dependencies = [
        ("catalogue", "0001_squashed_0006_bundles"),
        ("customers", "0001_squashed_0003_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=64, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("ordered", "Ordered"),
                            ("merged", "Merged into another cart"),
                            ("withdrawn", "Draft withdrawn or out of date"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("market_code", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=32)),
                ("shipping_address", models.JSONField(blank=True, null=True)),
                (
                    "billing_address",
                    models.JSONField(blank=True, help_text="Empty means the shipping address.", null=True),
                ),
                ("shipping_method_id", models.BigIntegerField(blank=True, null=True)),
                ("payment_method_code", models.CharField(blank=True, max_length=40)),
                (
                    "gift_card_ids",
                    models.JSONField(blank=True, default=list, help_text="Cards whose codes were entered, in order."),
                ),
                ("note", models.TextField(blank=True)),
                ("source", models.CharField(blank=True, max_length=40)),
                (
                    "is_draft",
                    models.BooleanField(
                        default=False, help_text="Put together by staff: the shopper pays, changes no line."
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField(db_index=True)),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="carts",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CartLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField()),
                (
                    "seen_price_minor",
                    models.BigIntegerField(help_text="Unit price when it was added, to tell of a change."),
                ),
                (
                    "price_minor",
                    models.BigIntegerField(blank=True, help_text="A price that staff agreed, in a draft.", null=True),
                ),
                ("discount_minor", models.BigIntegerField(default=0, help_text="Off the whole line, in a draft.")),
                (
                    "cart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="checkout.cart"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalogue.variant"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="CustomLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=255)),
                ("quantity", models.PositiveIntegerField()),
                ("price_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField(default=0, help_text="Off the whole line.")),
                ("is_taxed", models.BooleanField(default=True)),
                ("requires_shipping", models.BooleanField(default=False)),
                (
                    "cart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="custom_lines", to="checkout.cart"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_name", models.CharField(blank=True, max_length=120)),
                ("staff_note", models.TextField(blank=True, help_text="Only staff read it.")),
                ("discount_minor", models.BigIntegerField(default=0, help_text="Off all lines together.")),
                (
                    "discount_percent",
                    models.DecimalField(decimal_places=2, default=0, help_text="Instead of a sum.", max_digits=5),
                ),
                ("discount_reason", models.CharField(blank=True, help_text="The buyer reads it.", max_length=120)),
                (
                    "shipping_minor",
                    models.BigIntegerField(blank=True, help_text="An agreed price of sending it.", null=True),
                ),
                ("shipping_name", models.CharField(blank=True, max_length=120)),
                ("tags", models.JSONField(blank=True, default=list, help_text="Put on the order.")),
                (
                    "reserves_stock",
                    models.BooleanField(default=False, help_text="Its units are held until it runs out."),
                ),
                ("order_id", models.BigIntegerField(blank=True, help_text="The order it became.", null=True)),
                ("actor", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(help_text="Its prices are good until then.")),
                (
                    "cart",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draft", to="checkout.cart"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whom staff picked; without one the order finds its customer by the address.",
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
        migrations.AddConstraint(
            model_name="cart",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer__isnull", False), ("state", "open")),
                fields=("customer",),
                name="one_open_cart",
            ),
        ),
        migrations.AddConstraint(
            model_name="cartline",
            constraint=models.UniqueConstraint(fields=("cart", "variant"), name="cart_variant_once"),
        ),
        migrations.AddConstraint(
            model_name="cartline",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="cart_line_positive"),
        ),
        migrations.AddConstraint(
            model_name="cartline",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__isnull", True), ("price_minor__gte", 0), _connector="OR"),
                name="cart_line_price_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="cartline",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount_minor__gte", 0)), name="cart_line_discount_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="customline",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount_minor__gte", 0), ("price_minor__gte", 0), ("quantity__gt", 0)),
                name="custom_line_not_negative",
            ),
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(
                condition=models.Q(("order_id__isnull", True)), fields=["expires_at"], name="draft_expiry"
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount_minor__gte", 0), ("discount_percent__gte", 0), ("discount_percent__lte", 100)
                ),
                name="draft_discount_in_range",
            ),
        ),
    ]
