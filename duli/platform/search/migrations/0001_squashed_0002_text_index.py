"""The databases' own text indexes over `IndexedDocument`.

SQLite: a contentless FTS5 table that triggers keep beside the documents, so that a rollback, a flush or a
restore can never part them. A later migration that alters `IndexedDocument` makes SQLite rebuild that
table without its triggers and must run `create` again. PostgreSQL: a GIN index over a function of the
row, so that no second copy of the terms is stored.
"""

# ruff: noqa: S608 (only constants are joined into statements; every value is a parameter)
from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_COLUMNS = ("top", "high", "middle", "low")


def _values(row: str) -> str:
    return ", ".join(f"replace({row}.{column}, ' ', ' ' || {row}.partition)" for column in _COLUMNS)


_ADD = f"INSERT INTO search_text (rowid, top, high, middle, low) VALUES (new.id, {_values('new')});"
_TAKE = (
    f"INSERT INTO search_text (search_text, rowid, top, high, middle, low) VALUES ('delete', old.id, {_values('old')});"
)
SQLITE = (
    "CREATE VIRTUAL TABLE search_text USING fts5(top, high, middle, low, content='', detail=column, columnsize=0,"
    " tokenize=\"ascii tokenchars '.'\")",
    f"CREATE TRIGGER search_text_insert AFTER INSERT ON search_indexeddocument BEGIN {_ADD} END",
    f"CREATE TRIGGER search_text_delete AFTER DELETE ON search_indexeddocument BEGIN {_TAKE} END",
    "CREATE TRIGGER search_text_update AFTER UPDATE OF id, partition, top, high, middle, low ON search_indexeddocument"
    f" BEGIN {_TAKE} {_ADD} END",
)
# The vector has every term, and those of the tiers top, high and middle also with the mark ¹, ² or ³.
# The cost keeps the planner from reading the whole table and computing the vector of each row.
POSTGRESQL = (
    """
    CREATE FUNCTION duli_search_vector(partition text, top text, high text, middle text, low text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
    BEGIN
        top := replace(top, ' ', ' ' || partition);
        high := replace(high, ' ', ' ' || partition);
        middle := replace(middle, ' ', ' ' || partition);
        low := replace(low, ' ', ' ' || partition);
        RETURN array_to_tsvector(array_remove(string_to_array(
            top || high || middle || low
            || substr(replace(top || ' ', ' ', '¹ '), 2)
            || substr(replace(high || ' ', ' ', '² '), 2)
            || substr(replace(middle || ' ', ' ', '³ '), 2), ' '), ''));
    END $$
    """,
    """
    CREATE INDEX search_document_vector ON search_indexeddocument
    USING gin (duli_search_vector(partition, top, high, middle, low)) WITH (gin_pending_list_limit = 1024)
    """,
    'ALTER TABLE search_indexedterm ALTER COLUMN term TYPE varchar(48) COLLATE "C"',
    'ALTER TABLE search_wordkey ALTER COLUMN key TYPE varchar(48) COLLATE "C"',
    'ALTER TABLE search_wordkey ALTER COLUMN term TYPE varchar(48) COLLATE "C"',
)


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX search_document_vector")
        schema_editor.execute("DROP FUNCTION duli_search_vector(text, text, text, text, text)")
        return
    for event in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER search_text_{event}")
    schema_editor.execute("DROP TABLE search_text")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("search", "0001_initial"),
        ("search", "0002_text_index"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="WordKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key", "partition", "term", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("partition", models.CharField(max_length=4)),
                ("key", models.CharField(max_length=48)),
                ("term", models.CharField(max_length=48)),
            ],
        ),
        migrations.CreateModel(
            name="IndexedDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("partition", models.CharField(max_length=4)),
                ("kind", models.CharField(max_length=32)),
                ("object_id", models.BigIntegerField()),
                ("language", models.CharField(max_length=16)),
                ("plain", models.TextField()),
                ("top", models.TextField()),
                ("high", models.TextField()),
                ("middle", models.TextField()),
                ("low", models.TextField()),
                ("levels", models.TextField()),
                ("boost", models.FloatField(default=1.0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "language", "object_id"), name="search_document_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="IndexedTerm",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "term", "partition", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("partition", models.CharField(max_length=4)),
                ("term", models.CharField(max_length=48)),
                ("documents", models.IntegerField()),
                ("high", models.IntegerField()),
                ("top", models.IntegerField()),
                ("word", models.CharField(blank=True, default="", max_length=48)),
                ("head", models.CharField(blank=True, default="", max_length=1)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("word", ""), _negated=True),
                        fields=["partition", "head", "-documents"],
                        name="search_term_by_head",
                    )
                ],
            },
        ),
        migrations.RunPython(create, drop),
    ]
