"""Compare the paths of the tree as bytes on PostgreSQL, whatever the language of the database.

Wagtail's migrations say so; tables that were made from its models do not, and a database whose language sorts letters
before digits would take the tree apart.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def compare_bytes(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in ("wagtailcore_page", "wagtailcore_collection"):
            schema_editor.execute(f'ALTER TABLE {table} ALTER COLUMN path TYPE varchar(255) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [("content", "0003_tree_of_pages")]

    operations = [migrations.RunPython(compare_bytes, migrations.RunPython.noop)]
