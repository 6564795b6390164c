from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("redirects", "0001_initial"),
        ("redirects", "0002_redirect_reference"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Redirect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=500, unique=True)),
                ("target", models.CharField(max_length=1000)),
                ("hits", models.PositiveIntegerField(default=0)),
                ("last_hit_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "reference",
                    models.CharField(
                        blank=True, help_text='What made it, to be taken back: "changes:12".', max_length=40
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="redirect_newest"),
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference"],
                        name="redirect_reference",
                    ),
                ],
            },
        ),
    ]
