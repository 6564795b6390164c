"""The database itself keeps the log: no change, and no deletion before a year is over."""

from django.db import migrations

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
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(guard, open_up)]
