"""The databases' own text indexes over `IndexedDocument`."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

# What a new database needs of this stands in the squashed migration; this one is for databases on the way there.
_squashed = import_module("duli.platform.search.migrations.0001_squashed_0002_text_index")
create = _squashed.create
drop = _squashed.drop


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
