"""The tables of Wagtail on a new database.

Its hundred and thirty migrations tell the history of ten years and cost more than all of ours together, for a new
shop and for every database of a test run. A database that has none of them gets the tables as its models describe
them today, and the migrations are noted as done. What they would have put into the tables is planted by
our own migration 0003. Whoever has a single one of them goes on by migrations, as always.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

APPS: Final = ("taggit", "wagtailcore", "wagtailadmin", "wagtailusers")


def is_missing(connection: BaseDatabaseWrapper) -> bool:
    """Say whether none of the editor's tables was ever made."""
    applied = MigrationRecorder(connection).applied_migrations()
    return not any(app in APPS for app, _ in applied)


def build_all(connection: BaseDatabaseWrapper, *, progress: Callable[..., None] | None = None) -> None:
    """Migrate everything that does not stand on the editor's tables, then make these.

    The rest comes first because each step of a migration draws all related models anew: with the editor's among
    them, ours would take twice as long.
    """
    connection.prepare_database()
    executor = MigrationExecutor(connection, progress)
    graph = executor.loader.graph
    free = {node for node in graph.nodes if not any(app in APPS for app, _ in graph.forwards_plan(node))}
    executor.migrate([node for node in sorted(free) if not any(c.key in free for c in graph.node_map[node].children)])
    _build(connection, executor)


def _build(connection: BaseDatabaseWrapper, executor: MigrationExecutor) -> None:
    """Make every table of the editor and note its migrations as done."""
    with connection.schema_editor() as editor:
        for label in APPS:
            for model in apps.get_app_config(label).get_models(include_auto_created=False):
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
    recorder = executor.recorder
    for app, name in sorted(executor.loader.disk_migrations):
        if app in APPS:
            recorder.record_applied(app, name)
