"""`migrate`, which builds the editor's tables at once where there are none."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from duli.growth.content import schema


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        plain = not options.get("app_label") and not options.get("plan") and not options.get("check_unapplied")
        if plain and not options.get("fake") and schema.is_missing(connection):
            self.verbosity = options["verbosity"]
            schema.build_all(connection, progress=self.migration_progress_callback)
        return super().handle(*args, **options)
