"""The trunk that all pages hang on, and the blog. Wagtail's welcome page, which nobody has written, goes."""

from importlib import import_module

from django.db import migrations


# What a new database needs of this stands in the squashed migration; this one is for databases on the way there.
_squashed = import_module("duli.growth.content.migrations.0001_squashed_0003_tree_of_pages")
plant = _squashed.plant


class Migration(migrations.Migration):
    dependencies = [("content", "0002_pages_and_blog"), ("contenttypes", "0002_remove_content_type_name")]
    operations = [migrations.RunPython(plant, migrations.RunPython.noop, elidable=False)]
