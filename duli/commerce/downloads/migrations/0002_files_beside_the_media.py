"""Former versions kept sold files in a folder of one machine; they go where the shop's media are kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import migrations

from duli.platform.media import files


def move(apps: Any, schema_editor: Any) -> None:
    former = Path(settings.DATA_DIR) / "downloads"
    rows = apps.get_model("downloads", "DownloadFile").objects
    for row in rows.exclude(stored__contains="/").order_by("pk").iterator(chunk_size=200):
        path = former / row.stored
        name = f"private/downloads/{row.stored}"
        if path.is_file():
            with path.open("rb") as source, files.written(name) as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
        rows.filter(pk=row.pk).update(stored=name)


class Migration(migrations.Migration):
    # A copy stays behind in the folder: what is on the new place is only certain once this is committed.
    dependencies = [("downloads", "0001_initial")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
