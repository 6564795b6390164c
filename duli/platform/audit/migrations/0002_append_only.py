"""The database itself keeps the log: no change, and no deletion before a year is over."""

from importlib import import_module

from django.db import migrations

# What a new database needs of this stands in the squashed migration; this one is for databases on the way there.
_squashed = import_module("duli.platform.audit.migrations.0001_squashed_0002_append_only")
guard = _squashed.guard
open_up = _squashed.open_up


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(guard, open_up)]
