"""Catalogue files that staff give to import: kept, checked by a job, imported by a job."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import translation

from duli.base.clock import now
from duli.base.errors import Conflict, DuliError, NotFound
from duli.base.ids import short_code
from duli.base.text import one_line
from duli.commerce.exchange.models import Upload
from duli.commerce.exchange.services.importing import run_import

MAXIMUM_MEGABYTES = 200
REPORTED = 200
KEPT = timedelta(days=7)


def _(message: str) -> str:
    return message


class UploadTooLarge(DuliError):
    code = "upload_too_large"
    message = _("The file is larger than %(megabytes)s MB.")
    status = 413


class UploadBusy(Conflict):
    """It is being checked or imported right now, or it was imported already."""

    code = "upload_busy"
    message = _("This file is already being worked on.")


def folder() -> Path:
    return Path(settings.DATA_DIR) / "imports"


def _store(file: BinaryIO, suffix: str) -> str:
    """Write the file under a name of our own and return it; UploadTooLarge leaves nothing behind."""
    folder().mkdir(parents=True, exist_ok=True)
    name = f"{short_code(20)}{suffix}"
    size = 0
    target = folder() / name
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        while chunk := file.read(1024 * 1024):
            size += len(chunk)
            if size > MAXIMUM_MEGABYTES * 1024 * 1024:
                target.unlink()
                raise UploadTooLarge(megabytes=MAXIMUM_MEGABYTES)
            written.write(chunk)
    return name


def receive_upload(*, file: BinaryIO, name: str, language: str, actor: str, images: BinaryIO | None = None) -> Upload:
    """Keep a file (and a zip of its pictures) and let a job check it. UploadTooLarge."""
    from duli.commerce.exchange.jobs import check_upload

    path = _store(file, ".csv.gz" if name.lower().endswith(".gz") else ".csv")
    images_path = _store(images, ".zip") if images else ""
    with transaction.atomic():
        upload = Upload.objects.create(
            name=one_line(name, 255),
            path=path,
            images_path=images_path,
            actor=actor,
            language=language,
            created_at=now(),
        )
        check_upload.enqueue(upload_id=upload.pk)
    return upload


@transaction.atomic
def start_upload(*, upload_id: int, actor: str) -> Upload:
    """Import a file that was checked; pressed twice it runs once. NotFound, UploadBusy."""
    from duli.commerce.exchange.jobs import run_upload

    changed = Upload.objects.filter(pk=upload_id, state=Upload.State.CHECKED).update(
        state=Upload.State.RUNNING, actor=actor, done=0
    )
    if not changed:
        if not Upload.objects.filter(pk=upload_id).exists():
            raise NotFound()
        raise UploadBusy()
    run_upload.enqueue(upload_id=upload_id)
    return Upload.objects.get(pk=upload_id)


def work_on_upload(*, upload_id: int, dry_run: bool) -> None:
    """Check or import the file and keep the report; started again after a crash it goes on where it was."""
    wanted = Upload.State.CHECKING if dry_run else Upload.State.RUNNING
    upload = Upload.objects.filter(pk=upload_id, state=wanted).first()
    if upload is None:
        return

    def progress(done: int, total: int) -> None:
        Upload.objects.filter(pk=upload_id).update(done=done, total=total)

    with translation.override(upload.language):
        report = run_import(
            source=folder() / upload.path,
            name=upload.name,
            actor=upload.actor,
            images=folder() / upload.images_path if upload.images_path else None,
            dry_run=dry_run,
            progress=None if dry_run else progress,
        )
        upload.report = report.as_json(limit=REPORTED)
    upload.state = Upload.State.FAILED if report.failed else Upload.State.CHECKED if dry_run else Upload.State.DONE
    upload.finished_at = now()
    upload.save(update_fields=["report", "state", "finished_at"])
    if upload.state in {Upload.State.DONE, Upload.State.FAILED}:
        (folder() / upload.path).unlink(missing_ok=True)
        if upload.images_path:
            (folder() / upload.images_path).unlink(missing_ok=True)


def forget_old_uploads() -> int:
    """Delete files that were checked and then left lying for a week; return how many."""
    old = Upload.objects.filter(state=Upload.State.CHECKED, created_at__lt=now() - KEPT)
    count = 0
    for upload in old:
        (folder() / upload.path).unlink(missing_ok=True)
        if upload.images_path:
            (folder() / upload.images_path).unlink(missing_ok=True)
        upload.delete()
        count += 1
    return count
