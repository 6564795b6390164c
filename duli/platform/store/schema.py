"""The tables of apps that are new to a database, made at once.

Django draws the models anew for every step of a migration: a new shop would draw ten thousand to make three hundred
tables, and the editor's hundred and thirty migrations tell the history of ten years. Here the migrations that only
say how an app begins are added up without drawing anything, the sum is drawn once, and its tables are made.

An app is new while the database has none of its migrations. Taken together are

- all migrations of an app that is not ours. What their code would have planted is not; what the shop needs of that,
  its own migrations plant (the trunk of the editor's pages: `content`);
- of our apps the first migration, which may stand for all those that it replaces, those that only change tables, and
  those that only run code. The code is run, on the tables as they are in the end; where it says `elidable`, because it
  only mends rows of older days, it is left out.

Everything else goes on by migrations, as always, and so does an app of which the database has a single one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

CODE: Final = (RunPython, RunSQL, SeparateDatabaseAndState)


def build_new(connection: BaseDatabaseWrapper, *, progress: Callable[..., None] | None = None) -> None:
    """Make the tables of all new apps in one transaction and note their migrations as done."""
    connection.prepare_database()
    executor = MigrationExecutor(connection)
    taken = _beginnings(executor)
    if not taken:
        return
    executor.recorder.ensure_schema()
    nodes = executor.loader.graph.nodes
    known = [key for key in executor.loader.applied_migrations if key in nodes]
    state = executor.loader.project_state([*known, *((step.app_label, step.name) for step in taken)])
    labels = {step.app_label: _is_ours(step) for step in taken}
    # Of apps that are not ours all migrations are taken, so their models of today say the same, and more safely: an
    # index that was renamed on the way would be made under both names.
    models = [model for model in state.apps.get_models() if labels.get(model._meta.app_label)]
    models += [model for model in apps.get_models() if labels.get(model._meta.app_label) is False]
    with connection.schema_editor() as editor:
        for model in models:
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for step in taken:
            if progress:
                progress("apply_start", step)
            for operation in _code(step) if _is_ours(step) else ():
                operation.database_forwards(step.app_label, editor, state, state)
            for label, name in [(step.app_label, step.name), *step.replaces]:
                executor.recorder.record_applied(label, name)
            if progress:
                progress("apply_success", step)


def _beginnings(executor: MigrationExecutor) -> list[Migration]:
    """Return the migrations that are taken together, in the order in which Django would run them."""
    graph, applied = executor.loader.graph, set(executor.loader.applied_migrations)
    begun = {label for label, _ in applied}
    taken: dict[tuple[str, str], Migration] = {}
    for step, _ in executor.migration_plan(graph.leaf_nodes(), clean_start=True):
        key = (step.app_label, step.name)
        stands = all(parent.key in taken or parent.key in applied for parent in graph.node_map[key].parents)
        if stands and step.app_label not in begun and (not _is_ours(step) or _fits(step)):
            taken[key] = step
    return list(taken.values())


def _is_ours(step: Migration) -> bool:
    return apps.get_app_config(step.app_label).name.startswith("duli.")


def _fits(step: Migration) -> bool:
    only_code = all(isinstance(operation, CODE) for operation in step.operations)
    return bool(step.initial) or only_code or not _code(step)


def _code(step: Migration) -> list[Operation]:
    """Return what a step does to a new database beside making its tables."""
    return [operation for operation in step.operations if isinstance(operation, CODE) and not operation.elidable]
