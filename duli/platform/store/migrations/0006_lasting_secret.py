from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0005_tax_rounding"),
    ]

    operations = [
        migrations.CreateModel(
            name="LastingSecret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="lasting_secret_is_one")],
            },
        ),
    ]
