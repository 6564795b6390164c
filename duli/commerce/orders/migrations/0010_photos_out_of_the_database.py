"""Former versions kept shoppers' photos of returns in the database; they become private files of the media store."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import migrations

from duli.platform.media import files

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


def move(apps: Any, schema_editor: Any) -> None:
    photos = apps.get_model("orders", "ReturnPhoto").objects
    private = apps.get_model("media", "PrivateFile").objects
    ids = photos.filter(file__isnull=True, content__isnull=False).order_by("pk").values_list("pk", flat=True)
    for pk in list(ids):
        photo = photos.get(pk=pk)
        content = bytes(photo.content)
        path = f"private/{secrets.token_urlsafe(24)}.{ENDINGS.get(photo.mime, 'bin')}"
        with files.written(path) as target:
            target.write(content)
        kept = private.create(
            reference=f"return:{photo.order_return_id}",
            file=path,
            name="photo",
            mime=photo.mime,
            bytes=len(content),
            actor="guest",
            created_at=photo.created_at,
        )
        photos.filter(pk=pk).update(file=kept)
    if schema_editor.connection.vendor == "postgresql":
        # It alters no table while a row of it waits to be checked.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_own_return_reasons"), ("media", "0002_private_files")]
    operations = [
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="returnphoto", name="content"),
    ]
