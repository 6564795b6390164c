import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_roles_and_approvals"),
        ("accounts", "0003_invitations_and_sessions"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(blank=True, max_length=254, null=True, unique=True)),
                ("phone", models.CharField(blank=True, max_length=20, null=True, unique=True)),
                ("phone_verified", models.BooleanField(default=False)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("role", models.CharField(blank=True, help_text="Of staff: a code of `roles`.", max_length=20)),
                (
                    "has_second_step",
                    models.BooleanField(default=False, help_text="Has a code app or a passkey; kept by `second_step`."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email__isnull", False), ("phone__isnull", False), _connector="OR"),
                        name="user_can_be_reached",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="user_email_is_lower_case",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("intent", models.JSONField(help_text="The arguments of the verb; never changed.")),
                ("intent_key", models.CharField(max_length=64)),
                (
                    "value",
                    models.JSONField(
                        help_text='What the limit is about: {"minor": 5000, "currency": "CNY"}, {"percent": 20}.'
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("requested_by", models.CharField(max_length=60)),
                ("decided_by", models.CharField(blank=True, max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                (
                    "answer",
                    models.CharField(blank=True, help_text="Why it was declined, or why it failed.", max_length=300),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="approval_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("kind", "intent_key"),
                        name="one_waiting_approval",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("requested_by", models.F("decided_by")), _negated=True),
                        name="nobody_approves_their_own",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("role", models.CharField(max_length=20)),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "token_hash",
                    models.CharField(help_text="The link itself is only in the mail.", max_length=64, unique=True),
                ),
                ("invited_by", models.CharField(max_length=60)),
                ("sends", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("email",),
                        name="one_open_invitation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=20, unique=True)),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="Empty for a built-in one: it is translated.", max_length=60
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=200)),
                ("permissions", models.JSONField(default=list)),
                (
                    "refund_limits",
                    models.JSONField(
                        blank=True,
                        help_text="Currency → largest refund in minor units without a second person; null: any.",
                        null=True,
                    ),
                ),
                (
                    "discount_limit",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Largest discount in percent without a second person; null: any.",
                        null=True,
                    ),
                ),
                ("sees_cost", models.BooleanField(default=False)),
                (
                    "sees_personal",
                    models.BooleanField(default=False, help_text="E-mail addresses, phone numbers and addresses."),
                ),
                ("requires_mfa", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_limit__isnull", True), ("discount_limit__lte", 100), _connector="OR"
                        ),
                        name="role_discount_is_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", "owner"), _negated=True), name="role_owner_has_no_row"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("device", models.CharField(blank=True, max_length=80)),
                (
                    "address",
                    models.CharField(blank=True, help_text="Network address without its last part.", max_length=45),
                ),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
