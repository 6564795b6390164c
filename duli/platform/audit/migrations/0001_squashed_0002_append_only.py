"""The log, which the database itself keeps: no change, and no deletion before a year is over."""

from django.db import migrations, models

SQLITE = [
    """
    CREATE TRIGGER keep_audit_unchanged BEFORE UPDATE ON audit_auditentry
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER keep_audit_a_year BEFORE DELETE ON audit_auditentry
    WHEN OLD.happened_at > strftime('%Y-%m-%d %H:%M:%S', 'now', '-365 days')
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
]
POSTGRESQL = [
    """
    CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.happened_at <= now() - interval '365 days' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION keep_audit()
    """,
]
UNDO = {
    "sqlite": ["DROP TRIGGER keep_audit_unchanged", "DROP TRIGGER keep_audit_a_year"],
    "postgresql": ["DROP TRIGGER keep_audit ON audit_auditentry", "DROP FUNCTION keep_audit()"],
}


def guard(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def open_up(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("audit", "0001_initial"),
        ("audit", "0002_append_only"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area", models.CharField(max_length=30)),
                ("action", models.CharField(max_length=30)),
                (
                    "reference",
                    models.CharField(blank=True, help_text='What was changed: "role:order_desk".', max_length=80),
                ),
                ("label", models.CharField(blank=True, help_text="Its name at that time.", max_length=200)),
                ("changes", models.JSONField(default=dict, help_text="Field → [before, after].")),
                ("actor", models.CharField(blank=True, max_length=60)),
                ("request_id", models.CharField(blank=True, max_length=40)),
                (
                    "address",
                    models.CharField(blank=True, help_text="Network address without its last part.", max_length=45),
                ),
                ("happened_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["reference", "-id"], name="audit_of_a_thing"),
                    models.Index(fields=["area", "-id"], name="audit_by_area"),
                    models.Index(fields=["actor", "-id"], name="audit_by_actor"),
                    models.Index(fields=["happened_at"], name="audit_by_time"),
                ],
            },
        ),
        migrations.RunPython(guard, open_up),
    ]
