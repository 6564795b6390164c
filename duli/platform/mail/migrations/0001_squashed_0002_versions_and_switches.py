from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("mail", "0001_initial"),
        ("mail", "0002_versions_and_switches"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="The same key is the same message.", max_length=120, unique=True)),
                (
                    "channel",
                    models.CharField(choices=[("email", "E-mail"), ("sms", "SMS")], default="email", max_length=5),
                ),
                ("template", models.CharField(max_length=40)),
                ("to", models.CharField(help_text="An e-mail address, or a phone number in E.164.", max_length=254)),
                ("language", models.CharField(max_length=12)),
                ("subject", models.CharField(blank=True, max_length=250)),
                ("html", models.TextField(blank=True)),
                ("text", models.TextField()),
                ("reference", models.CharField(blank=True, db_index=True, max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("sent", "Sent"),
                            ("kept", "Kept in the outbox"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=6,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("resends", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="mail_newest"),
                    models.Index(fields=["state", "-created_at"], name="mail_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailSwitch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("channel", models.CharField(choices=[("email", "E-mail"), ("sms", "SMS")], max_length=5)),
                ("language", models.CharField(max_length=12)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "channel", "language"), name="mail_switched_off_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                (
                    "channel",
                    models.CharField(choices=[("email", "E-mail"), ("sms", "SMS")], default="email", max_length=5),
                ),
                ("language", models.CharField(max_length=12)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(help_text="HTML (SMS: text) in Jinja syntax; plain text is made from it.")),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "channel", "language"), name="mail_template_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailTemplateVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("channel", models.CharField(choices=[("email", "E-mail"), ("sms", "SMS")], max_length=5)),
                ("language", models.CharField(max_length=12)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField()),
                ("saved_by", models.CharField(blank=True, max_length=60)),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["key", "channel", "language", "-id"], name="mail_template_history")],
            },
        ),
    ]
