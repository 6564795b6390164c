"""`migrate`, which makes the tables of apps that are new to a database all at once."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from duli.platform.store import schema


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        plain = not options.get("app_label") and not options.get("plan") and not options.get("check_unapplied")
        if plain and not options.get("fake"):
            self.verbosity = options["verbosity"]
            schema.build_new(connections[options["database"]], progress=self.migration_progress_callback)
        return super().handle(*args, **options)
