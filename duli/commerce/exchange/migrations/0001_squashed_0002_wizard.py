import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("exchange", "0001_initial"),
        ("exchange", "0002_wizard"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("file_hash", models.CharField(db_index=True, max_length=64)),
                ("source", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("finished", "Finished"), ("failed", "Failed")],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("actor", models.CharField(max_length=80)),
                ("report", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("products", "Products"),
                            ("customers", "Customers"),
                            ("orders", "Orders"),
                            ("redirects", "Old addresses"),
                        ],
                        default="products",
                        max_length=10,
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        help_text="Below the data folder; outside of what the web serves.", max_length=300
                    ),
                ),
                ("images_path", models.CharField(blank=True, max_length=300)),
                ("actor", models.CharField(max_length=60)),
                ("language", models.CharField(max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Columns to be named"),
                            ("checking", "Being checked"),
                            ("checked", "Checked"),
                            ("running", "Being imported"),
                            ("paused", "Paused"),
                            ("done", "Imported"),
                            ("cancelled", "Stopped"),
                            ("reverting", "Being taken back"),
                            ("reverted", "Taken back"),
                            ("failed", "Could not be read"),
                        ],
                        default="checking",
                        max_length=10,
                    ),
                ),
                (
                    "wish",
                    models.CharField(
                        blank=True, help_text='"pause" or "cancel", heard between two batches.', max_length=6
                    ),
                ),
                (
                    "columns",
                    models.JSONField(
                        default=list, help_text="The titles of the file, if its columns have to be named."
                    ),
                ),
                ("mapping", models.JSONField(default=dict, help_text="Field → title.")),
                ("done", models.PositiveIntegerField(default=0, help_text="Things so far.")),
                ("total", models.PositiveIntegerField(default=0)),
                ("report", models.JSONField(default=dict)),
                ("earlier", models.JSONField(default=dict, help_text="What was counted before the last pause.")),
                (
                    "change_sets",
                    models.JSONField(default=list, help_text="Of products: what can be taken back as one."),
                ),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("products", "Products"),
                            ("customers", "Customers"),
                            ("orders", "Orders"),
                            ("redirects", "Old addresses"),
                        ],
                        max_length=10,
                    ),
                ),
                ("signature", models.CharField(help_text="Of the titles, in any order.", max_length=64)),
                ("mapping", models.JSONField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "signature"), name="column_mapping_once")],
            },
        ),
        migrations.CreateModel(
            name="ImportedRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=255)),
                ("checksum", models.CharField(max_length=64)),
                ("object_id", models.BigIntegerField(db_index=True)),
                ("variants", models.JSONField(default=dict)),
                ("images", models.JSONField(default=dict)),
                ("facts", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("source", "key"), name="imported_record_once")],
            },
        ),
        migrations.CreateModel(
            name="ImportedThing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object_id", models.BigIntegerField()),
                ("before", models.JSONField(null=True)),
                ("after", models.CharField(max_length=64)),
                ("reverted", models.BooleanField(default=False)),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="things", to="exchange.upload"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["object_id"], name="imported_thing_object")],
                "constraints": [models.UniqueConstraint(fields=("upload", "object_id"), name="imported_thing_once")],
            },
        ),
    ]
