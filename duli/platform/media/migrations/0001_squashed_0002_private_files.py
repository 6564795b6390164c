from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("media", "0001_initial"),
        ("media", "0002_private_files"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PrivateFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(db_index=True, max_length=80)),
                ("file", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(max_length=255)),
                ("mime", models.CharField(max_length=60)),
                ("bytes", models.PositiveBigIntegerField()),
                ("actor", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Asset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("image", "Picture"), ("video", "Video"), ("link", "Link")], max_length=8
                    ),
                ),
                ("file", models.CharField(blank=True, max_length=200)),
                ("url", models.URLField(blank=True, max_length=1000)),
                ("original_name", models.CharField(blank=True, max_length=255)),
                ("mime", models.CharField(blank=True, max_length=60)),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("width", models.PositiveIntegerField(default=0)),
                ("height", models.PositiveIntegerField(default=0)),
                ("bytes", models.PositiveBigIntegerField(default=0)),
                ("alt", models.CharField(blank=True, max_length=255)),
                ("focal_x", models.FloatField(default=0.5)),
                ("focal_y", models.FloatField(default=0.5)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("content_hash", ""), _negated=True),
                        fields=("content_hash",),
                        name="asset_content_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("focal_x__gte", 0), ("focal_x__lte", 1), ("focal_y__gte", 0), ("focal_y__lte", 1)
                        ),
                        name="asset_focal_point_inside",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("file", ""), ("kind", "link"), models.Q(("url", ""), _negated=True)),
                            models.Q(
                                models.Q(("kind", "link"), _negated=True),
                                ("url", ""),
                                models.Q(("file", ""), _negated=True),
                                models.Q(("content_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="asset_is_file_or_link",
                    ),
                ],
            },
        ),
    ]
