import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("catalogue", "0001_initial"),
        ("catalogue", "0002_names_of_attribute_values"),
        ("catalogue", "0003_safety_related_and_variant_origin"),
        ("catalogue", "0004_brand_logo_and_needed_attributes"),
        ("catalogue", "0005_size_guides"),
        ("catalogue", "0006_bundles"),
    ]

    dependencies = [
        ("media", "0001_squashed_0002_private_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("text", "Text"), ("number", "Number"), ("boolean", "Yes or no")],
                        default="text",
                        max_length=10,
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("is_filterable", models.BooleanField(default=False, help_text="Offered as a filter on listings.")),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Bundle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "price_mode",
                    models.CharField(
                        choices=[("own", "A price of its own"), ("sum", "The sum of its parts, minus a percentage")],
                        default="own",
                        max_length=4,
                    ),
                ),
                (
                    "percent_off",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="Off the sum, where the price is the sum.", max_digits=5
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SafetyContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, unique=True)),
                ("address", models.CharField(help_text="Postal address.", max_length=400)),
                ("contact", models.CharField(help_text="E-mail or web address.", max_length=200)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("name", models.CharField(max_length=160)),
            ],
        ),
        migrations.CreateModel(
            name="Brand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("description_html", models.TextField(blank=True)),
                (
                    "logo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.asset",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=255, unique=True)),
                ("depth", models.PositiveIntegerField()),
                ("numchild", models.PositiveIntegerField(default=0)),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("description_html", models.TextField(blank=True)),
                ("seo_title", models.CharField(blank=True, max_length=200)),
                ("seo_description", models.CharField(blank=True, max_length=400)),
                ("is_visible", models.BooleanField(default=True)),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.asset",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("description_html", models.TextField(blank=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("manual", "Manual"), ("rules", "By rules")], default="manual", max_length=10
                    ),
                ),
                (
                    "rules",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='{"match": "all"|"any", "conditions": [{field, operator, value}]}',
                    ),
                ),
                (
                    "sort",
                    models.CharField(
                        choices=[
                            ("manual", "As arranged"),
                            ("newest", "Newest first"),
                            ("best_selling", "Best selling"),
                            ("price_ascending", "Price, low to high"),
                            ("price_descending", "Price, high to low"),
                            ("title", "Name"),
                        ],
                        default="manual",
                        max_length=20,
                    ),
                ),
                ("seo_title", models.CharField(blank=True, max_length=200)),
                ("seo_description", models.CharField(blank=True, max_length=400)),
                ("is_published", models.BooleanField(default=True)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.asset",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HandleRedirect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("handle", models.CharField(max_length=160)),
                ("object_id", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "handle"), name="handle_redirect_once")],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("title", models.CharField(max_length=255)),
                ("description_html", models.TextField(blank=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(blank=True, help_text="Visible from; empty means not published.", null=True),
                ),
                (
                    "unpublished_at",
                    models.DateTimeField(blank=True, help_text="Hidden from; empty means never.", null=True),
                ),
                ("tax_class", models.SlugField(default="standard", max_length=40)),
                ("hs_code", models.CharField(blank=True, max_length=14)),
                ("origin_country", models.CharField(blank=True, max_length=2)),
                (
                    "safety_text",
                    models.TextField(blank=True, help_text="Warnings and safety information, as plain text."),
                ),
                ("seo_title", models.CharField(blank=True, max_length=200)),
                ("seo_description", models.CharField(blank=True, max_length=400)),
                (
                    "sales_count",
                    models.PositiveIntegerField(default=0, help_text="Units sold, for sorting by best selling."),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, db_index=True, help_text="Key in the system it came from.", max_length=200
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, help_text="Raised by every save; guards against lost edits."
                    ),
                ),
                ("created_at", models.DateTimeField(db_index=True)),
                ("updated_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="products",
                        to="catalogue.brand",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProductOption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="options", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="OptionValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("swatch", models.CharField(blank=True, help_text="#rrggbb, shown as a dot.", max_length=7)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "option",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="values", to="catalogue.productoption"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("name", models.CharField(max_length=160)),
                (
                    "attributes",
                    models.ManyToManyField(blank=True, related_name="product_types", to="catalogue.attribute"),
                ),
                ("required_attributes", models.ManyToManyField(blank=True, related_name="+", to="catalogue.attribute")),
            ],
        ),
        migrations.AddField(
            model_name="product",
            name="product_type",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="catalogue.producttype"
            ),
        ),
        migrations.CreateModel(
            name="RelatedProduct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="related_links",
                        to="catalogue.product",
                    ),
                ),
                (
                    "related",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddField(
            model_name="product",
            name="maker",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="made",
                to="catalogue.safetycontact",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="responsible_person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="answered_for",
                to="catalogue.safetycontact",
            ),
        ),
        migrations.CreateModel(
            name="SizeGuide",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, unique=True)),
                ("measures", models.TextField()),
                ("advice", models.TextField(blank=True, help_text="How to measure, as plain text.")),
                (
                    "product_types",
                    models.ManyToManyField(blank=True, related_name="size_guides", to="catalogue.producttype"),
                ),
                ("products", models.ManyToManyField(blank=True, related_name="size_guides", to="catalogue.product")),
            ],
        ),
        migrations.AddField(
            model_name="product",
            name="tags",
            field=models.ManyToManyField(blank=True, related_name="products", to="catalogue.tag"),
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sku", models.CharField(blank=True, max_length=100)),
                ("barcode", models.CharField(blank=True, max_length=60)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "option_value_ids",
                    models.JSONField(default=list, help_text="OptionValue ids in the order of the options."),
                ),
                (
                    "combination",
                    models.CharField(default="", help_text='The same ids as text: "12-40".', max_length=200),
                ),
                ("title", models.CharField(blank=True, help_text='The value names: "Slate / Oak".', max_length=255)),
                ("weight_grams", models.PositiveIntegerField(default=0)),
                ("hs_code", models.CharField(blank=True, max_length=14)),
                ("origin_country", models.CharField(blank=True, help_text="Empty means the product's.", max_length=2)),
                ("requires_shipping", models.BooleanField(default=True)),
                ("tracks_stock", models.BooleanField(default=True)),
                (
                    "is_active",
                    models.BooleanField(default=True, help_text="False when removed but still on old orders."),
                ),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.asset",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="BundleComponent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField()),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="components", to="catalogue.bundle"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="part_of", to="catalogue.variant"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddField(
            model_name="bundle",
            name="variant",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="bundle", to="catalogue.variant"
            ),
        ),
        migrations.CreateModel(
            name="AttributeValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=255)),
                (
                    "attribute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_values",
                        to="catalogue.attribute",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("attribute", "text"), name="attribute_value_once")],
            },
        ),
        migrations.CreateModel(
            name="CollectionProduct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="catalogue.collection",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "indexes": [
                    models.Index(fields=["collection", "position", "product"], name="catalogue_c_collect_0f1c3d_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("collection", "product"), name="collection_product_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductAttribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(blank=True, max_length=255)),
                ("number", models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ("boolean", models.BooleanField(blank=True, null=True)),
                (
                    "attribute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_values",
                        to="catalogue.attribute",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attribute_values",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["attribute", "text", "product"], name="catalogue_p_attribu_dd8338_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True),
                            ("number__isnull", False),
                            ("boolean__isnull", False),
                            _connector="OR",
                        ),
                        name="attribute_has_a_value",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_direct", models.BooleanField(default=True)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_links",
                        to="catalogue.category",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="category_links",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("category", "product"), name="category_product_once")],
            },
        ),
        migrations.CreateModel(
            name="ProductMedia",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "asset",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="media.asset"),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="media", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [models.UniqueConstraint(fields=("product", "asset"), name="product_asset_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="productoption",
            constraint=models.UniqueConstraint(fields=("product", "name"), name="option_name_once"),
        ),
        migrations.AddConstraint(
            model_name="optionvalue",
            constraint=models.UniqueConstraint(fields=("option", "name"), name="option_value_once"),
        ),
        migrations.AddConstraint(
            model_name="relatedproduct",
            constraint=models.UniqueConstraint(fields=("product", "related"), name="related_product_once"),
        ),
        migrations.AddConstraint(
            model_name="relatedproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(("product", models.F("related")), _negated=True), name="related_to_another"
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["status", "published_at"], name="catalogue_p_status_34ae2f_idx"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["-sales_count", "id"], name="catalogue_p_sales_c_89f317_idx"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["-created_at", "id"], name="product_newest"),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("product", "combination"),
                name="variant_combination_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("sku", ""), _negated=True), ("is_active", True)),
                fields=("sku",),
                name="variant_sku_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundlecomponent",
            constraint=models.UniqueConstraint(fields=("bundle", "variant"), name="bundle_component_once"),
        ),
        migrations.AddConstraint(
            model_name="bundlecomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="bundle_component_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent_off__gte", 0), ("percent_off__lt", 100)), name="bundle_percent"
            ),
        ),
    ]
