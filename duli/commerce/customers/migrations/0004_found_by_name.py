"""The databases' own text indexes over `CustomerSearch`, and what orders so far say about their customers.

Both index groups of three letters, so that any part of a name, address or number finds its customer. SQLite: an
FTS5 table that triggers keep beside the rows; a later migration that alters `CustomerSearch` makes SQLite rebuild
that table without its triggers and must run `create` again. PostgreSQL: a GIN index of pg_trgm, an extension that
the owner of a database may add since version 13.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, Exists, Max, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Lower

BATCH = 5000

SQLITE = (
    "CREATE VIRTUAL TABLE customers_search_text USING fts5(text, content='customers_customersearch',"
    " content_rowid='customer_id', tokenize='trigram', columnsize=0)",
    "CREATE TRIGGER customers_search_insert AFTER INSERT ON customers_customersearch BEGIN"
    " INSERT INTO customers_search_text (rowid, text) VALUES (new.customer_id, new.text); END",
    "CREATE TRIGGER customers_search_delete AFTER DELETE ON customers_customersearch BEGIN"
    " INSERT INTO customers_search_text (customers_search_text, rowid, text)"
    " VALUES ('delete', old.customer_id, old.text); END",
    "CREATE TRIGGER customers_search_update AFTER UPDATE OF customer_id, text ON customers_customersearch BEGIN"
    " INSERT INTO customers_search_text (customers_search_text, rowid, text)"
    " VALUES ('delete', old.customer_id, old.text);"
    " INSERT INTO customers_search_text (rowid, text) VALUES (new.customer_id, new.text); END",
)
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX customers_search_text ON customers_customersearch USING gin (text gin_trgm_ops)",
)


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX customers_search_text")
        return
    for name in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER customers_search_{name}")
    schema_editor.execute("DROP TABLE customers_search_text")


def sum_up(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Spell addresses in one case, and write down beside each customer what it has bought so far."""
    customers: Any = apps.get_model("customers", "Customer")
    customers.objects.exclude(email=Lower("email")).update(email=Lower("email"))
    store = apps.get_model("store", "Store").objects.first()
    currency = store.default_currency if store else ""
    orders: Any = apps.get_model("orders", "Order")
    last = customers.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # A statement for some thousand customers: one for each would take a shop of 300,000 many minutes, and one for all
    # would keep everybody waiting behind a single long one.
    for first in range(0, last + 1, BATCH):
        bought = (
            orders.objects.filter(customer_id=OuterRef("pk"))
            .exclude(status="cancelled")
            .order_by()
            .values("customer_id")
        )
        counted = customers.objects.filter(pk__gt=first, pk__lte=first + BATCH).filter(Exists(bought))
        counted.update(
            orders_count=Subquery(bought.annotate(found=Count("pk")).values("found")),
            spent_minor=Coalesce(
                Subquery(
                    bought.filter(currency=currency, paid_at__isnull=False)
                    .annotate(found=Sum("total_minor"))
                    .values("found")
                ),
                0,
            ),
            first_order_at=Subquery(bought.annotate(found=Min("placed_at")).values("found")),
            last_order_at=Subquery(bought.annotate(found=Max("placed_at")).values("found")),
        )


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_people"), ("orders", "0001_initial"), ("store", "0001_initial")]

    operations = [
        migrations.RunPython(create, drop),
        migrations.RunPython(sum_up, migrations.RunPython.noop, elidable=True),
    ]
