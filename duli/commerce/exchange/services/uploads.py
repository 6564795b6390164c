"""Files that staff give to import: kept, their columns named, checked by a job, imported by a job, taken back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import translation

from duli.base.clock import now
from duli.base.errors import Conflict, DuliError, InvalidInput
from duli.base.ids import short_code
from duli.base.text import one_line
from duli.commerce.exchange.formats import recognise
from duli.commerce.exchange.locks import lock_upload
from duli.commerce.exchange.models import ColumnMapping, Upload
from duli.commerce.exchange.reading import FileProblem, opened, read_table
from duli.commerce.exchange.records import KINDS, fields_of, kind_for, signature, suggest
from duli.commerce.exchange.records.products import rewrite
from duli.commerce.exchange.report import REPORTED, ImportReport
from duli.commerce.exchange.services.importing import run_import
from duli.commerce.exchange.services.records import revert_records, run_records
from duli.commerce.exchange.sheets import as_csv
from duli.commerce.exchange.types import FieldNotNamed, Refusal
from duli.commerce.revisions.selectors import product_counts
from duli.commerce.revisions.services import undo_change_set, undo_report
from duli.commerce.revisions.types import AlreadyUndone
from duli.platform.accounts.limits import sees
from duli.platform.accounts.models import User

MAXIMUM_MEGABYTES = 200
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


class UploadOver(Conflict):
    """There is nothing to pause or stop any more."""

    code = "upload_over"
    message = _("This import is over already.")


class NotRevertible(Conflict):
    code = "import_not_revertible"
    message = _("There is nothing of this import that could be taken back.")


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


State = Upload.State
OPEN = (State.MAPPING, State.CHECKED)
"""Before anything was changed."""
OVER = (State.DONE, State.CANCELLED, State.REVERTING, State.REVERTED, State.FAILED)
"""When nothing is imported any more."""


def receive_upload(
    *, file: BinaryIO, name: str, language: str, actor: str, images: BinaryIO | None = None, kind: str = ""
) -> Upload:
    """Keep a file (and a zip of its pictures) and look at its columns. UploadTooLarge, InvalidInput(field="kind").

    What is known by its columns, or was named before, is checked by a job at once; otherwise somebody names the
    columns first (`name_columns`). Without `kind` the columns decide; a file nobody knows is one of products.
    """
    if kind and kind not in Upload.Kind.values:
        raise InvalidInput(field="kind")
    path = _store(file, ".gz" if name.lower().endswith(".gz") else ".csv")
    images_path = _store(images, ".zip") if images else ""
    upload = Upload(
        name=one_line(name, 255), path=path, images_path=images_path, actor=actor, language=language, created_at=now()
    )
    with translation.override(language):
        try:
            _look(upload, kind)
        except FileProblem as problem:
            report = ImportReport(name=upload.name, failed=True)
            report.add_refused([Refusal(problem.row, "", "file", problem.error)])
            upload.kind = kind or upload.kind
            upload.report, upload.state, upload.finished_at = report.as_json(), State.FAILED, now()
            _forget_files(upload)
    with transaction.atomic():
        upload.save()
        if upload.state == State.CHECKING:
            _enqueue_check(upload)
    return upload


def _enqueue_check(upload: Upload) -> None:
    from duli.commerce.exchange.jobs import check_upload

    check_upload.enqueue(upload_id=upload.pk)


def _look(upload: Upload, kind: str) -> None:
    """Read the titles and decide what the file is and whether its columns still have to be named."""
    with as_csv(folder() / upload.path) as source, opened(source) as file:
        table = read_table(file)
        titles = [title for title in table.titles if title.strip()]
    if kind in {"", Upload.Kind.PRODUCTS}:
        try:
            recognise(table.columns, table.titles)
        except FileProblem:
            pass
        else:
            if kind or not kind_for(titles):
                upload.kind, upload.state = Upload.Kind.PRODUCTS, State.CHECKING
                return
    upload.kind = kind or kind_for(titles) or Upload.Kind.PRODUCTS
    upload.columns = titles[:300]
    remembered = ColumnMapping.objects.filter(kind=upload.kind, signature=signature(titles)).first()
    suggested = suggest(fields_of(upload.kind), titles)
    upload.mapping = remembered.mapping if remembered else suggested
    upload.report = {"source": _source_of(titles)}
    complete = all(upload.mapping.get(field.code) for field in fields_of(upload.kind) if field.required)
    known = complete and (remembered is not None or len(suggested) == len(titles) or bool(upload.report["source"]))
    upload.state = State.CHECKING if known else State.MAPPING


def _source_of(titles: list[str]) -> str:
    """Return which shop system wrote a file with these titles, "" for none we know."""
    has = {title.strip().lower() for title in titles}
    if {"lineitem name", "financial status"} <= has:
        return "duli" if "lineitem fulfilled" in has else "shopify"
    if "accepts email marketing" in has:
        return "duli" if "accepts phone marketing" in has else "shopify"
    if {"order_number", "line_item_1"} <= has or {"username", "total spend", "aov"} <= has:
        return "woocommerce"
    # Its customers as it exports them; of its orders, what its own tables call the columns.
    is_prestashop = {"customer id", "opt-in (0/1)"} <= has or {"product_name", "date_add"} <= has
    return "prestashop" if is_prestashop else ""


@transaction.atomic
def name_columns(*, upload_id: int, mapping: Mapping[str, str], actor: str) -> Upload:
    """Say which column holds what, remember it for files with the same columns, and check the file anew.

    `mapping` is {field: title}; fields and titles nobody knows are left out. Raises NotFound, UploadBusy, and
    FieldNotNamed for something without which nothing can be imported.
    """
    upload = _locked(upload_id, OPEN)
    if not upload.columns:
        raise UploadBusy()
    fields = {field.code: field for field in fields_of(upload.kind)}
    chosen = {code: title for code, title in mapping.items() if code in fields and title in upload.columns}
    for code, field in fields.items():
        if field.required and code not in chosen:
            raise FieldNotNamed(field=code, label=str(field.label))
    ColumnMapping.objects.update_or_create(
        kind=upload.kind,
        signature=signature(upload.columns),
        defaults={"mapping": chosen, "updated_at": now()},
    )
    upload.mapping, upload.state, upload.actor = chosen, State.CHECKING, actor
    upload.report = {"source": upload.report.get("source", "")}
    upload.save(update_fields=["mapping", "state", "actor", "report"])
    _enqueue_check(upload)
    return upload


def _locked(upload_id: int, states: tuple[str, ...]) -> Upload:
    upload = lock_upload(upload_id)
    if upload.state not in states:
        raise UploadBusy()
    return upload


@transaction.atomic
def start_upload(*, upload_id: int, actor: str) -> Upload:
    """Import a file that was checked, or go on after a pause; pressed twice it runs once. NotFound, UploadBusy."""
    from duli.commerce.exchange.jobs import run_upload

    upload = _locked(upload_id, (State.CHECKED, State.PAUSED))
    if upload.state == State.CHECKED:
        upload.done, upload.earlier = 0, {}
    upload.state, upload.actor, upload.wish = State.RUNNING, actor, ""
    upload.save(update_fields=["state", "actor", "done", "earlier", "wish"])
    run_upload.enqueue(upload_id=upload_id)
    return upload


@transaction.atomic
def wish(*, upload_id: int, wanted: str, actor: str) -> Upload:
    """Pause or stop an import: it hears of it after the batch it is at. What is done stays.

    NotFound, UploadBusy, UploadOver.

    A file that was not started yet, or is paused, is stopped at once.
    """
    if wanted not in {"pause", "cancel"}:
        raise InvalidInput(field="wanted")
    if lock_upload(upload_id).state in OVER:
        raise UploadOver()
    upload = _locked(upload_id, (State.RUNNING, State.PAUSED, *OPEN) if wanted == "cancel" else (State.RUNNING,))
    if upload.state == State.RUNNING:
        upload.wish = wanted
    else:
        upload.state, upload.finished_at = State.CANCELLED, now()
        transaction.on_commit(lambda: _forget_files(upload))
    upload.save(update_fields=["wish", "state", "finished_at"])
    return upload


@transaction.atomic
def revert_upload(*, upload_id: int, actor: str) -> Upload:
    """Take back everything an import did; a job does it. NotFound, UploadBusy, NotRevertible."""
    from duli.commerce.exchange.jobs import revert_upload as job

    upload = _locked(upload_id, (State.DONE, State.CANCELLED, State.PAUSED))
    if not upload.change_sets and not upload.things.exists():
        raise NotRevertible()
    upload.state, upload.actor, upload.done, upload.total = State.REVERTING, actor, 0, 0
    upload.save(update_fields=["state", "actor", "done", "total"])
    job.enqueue(upload_id=upload_id)
    return upload


@contextmanager
def _readable(upload: Upload) -> Iterator[Path]:
    """Give the file as CSV, and one of products that no shop system wrote with our own columns."""
    with as_csv(folder() / upload.path) as source:
        if upload.kind != Upload.Kind.PRODUCTS or not upload.columns:
            yield source
            return
        with tempfile.TemporaryDirectory(prefix="duli-import-") as place:
            target = Path(place) / "products.csv"
            rewrite(source, target, upload.mapping)
            yield target


def work_on_upload(*, upload_id: int, dry_run: bool) -> None:
    """Check or import the file and keep the report; started again after a crash it goes on where it was."""
    wanted = State.CHECKING if dry_run else State.RUNNING
    upload = Upload.objects.filter(pk=upload_id, state=wanted).first()
    if upload is None:
        return

    def progress(_done: int, total: int) -> None:
        Upload.objects.filter(pk=upload_id).exclude(total=total).update(total=total)

    def keep(report: ImportReport, done: int) -> None:
        # In the transaction of what was done: a run that is cut off is gone on with exactly there.
        locked = lock_upload(upload_id)
        locked.change_sets = _with(locked.change_sets, report.change_set_id)
        locked.earlier, locked.done = report.as_json(limit=REPORTED), done
        locked.save(update_fields=["change_sets", "earlier", "done"])

    def go_on() -> bool:
        return dry_run or not Upload.objects.filter(pk=upload_id).exclude(wish="").exists()

    with translation.override(upload.language):
        report = ImportReport(name=upload.name, dry_run=dry_run)
        try:
            with _readable(upload) as source:
                if upload.kind in KINDS:
                    report.source = upload.report.get("source") or ""
                    report.go_on_from(upload.earlier if not dry_run else {})
                    report.stopped = not run_records(
                        upload=upload,
                        source=source,
                        report=report,
                        dry_run=dry_run,
                        skip=0 if dry_run else upload.done,
                        progress=lambda done, total: go_on(),
                    )
                else:
                    report = run_import(
                        source=source,
                        name=upload.name,
                        actor=upload.actor,
                        images=folder() / upload.images_path if upload.images_path else None,
                        dry_run=dry_run,
                        progress=None if dry_run else progress,
                        go_on=go_on,
                        with_costs=_sees_costs(upload.actor),
                        keep=keep,
                        skip=0 if dry_run else upload.done,
                        earlier=None if dry_run else upload.earlier,
                    )
        except FileProblem as problem:
            report.failed = True
            report.add_refused([Refusal(problem.row, "", "file", problem.error)])
        _finish(upload, report, dry_run)


def _sees_costs(actor: str) -> bool:
    """Whether whoever imports may see, and so set, what goods cost the merchant."""
    kind, _colon, key = actor.partition(":")
    if kind != "user":
        return True
    user = User.objects.filter(pk=int(key)).first() if key.isdigit() else None
    return user is not None and sees(user, "cost")


def _with(change_sets: list[int], change_set_id: int | None) -> list[int]:
    return change_sets if not change_set_id or change_set_id in change_sets else [*change_sets, change_set_id]


def _finish(upload: Upload, report: ImportReport, dry_run: bool) -> None:
    source = upload.report.get("source", "")
    with transaction.atomic():
        locked = lock_upload(upload.pk)
        locked.report = {"source": source, **report.as_json(limit=REPORTED)}
        if not locked.report["source"]:
            locked.report["source"] = source
        locked.change_sets = _with(locked.change_sets, report.change_set_id)
        locked.earlier = locked.report
        if report.failed:
            locked.state = State.FAILED
        elif dry_run:
            locked.state = State.CHECKED
            locked.total = max(report.products.as_total(), report.things.as_total())
        elif report.stopped:
            locked.state = State.CANCELLED if locked.wish == "cancel" else State.PAUSED
        else:
            locked.state = State.DONE
        locked.wish = ""
        locked.finished_at = now()
        locked.save()
    if locked.state in {State.DONE, State.FAILED, State.CANCELLED}:
        _forget_files(locked)


def work_on_revert(*, upload_id: int) -> None:
    """Take an import back; what somebody has changed since stays, and the report says how much that is."""
    upload = Upload.objects.filter(pk=upload_id, state=State.REVERTING).first()
    if upload is None:
        return

    def progress(done: int, total: int) -> None:
        Upload.objects.filter(pk=upload_id).update(done=done, total=total)

    taken = kept = 0
    if upload.kind in KINDS:
        result = revert_records(upload=upload, progress=progress)
        taken, kept = result["taken"], result["kept"]
    # An import that was paused is several change sets; whoever waits sees one count of all their products.
    sizes = product_counts(upload.change_sets)
    whole, before = sum(sizes.values()), 0
    for change_set_id in reversed(upload.change_sets):
        told = partial(_told, progress, before, whole)
        before += sizes.get(change_set_id, 0)
        try:
            undone = undo_change_set(change_set_id=change_set_id, actor=upload.actor, on_progress=told)
        except AlreadyUndone:
            # By a job that was cut off, or by somebody on the page of changes: it is taken back either way.
            undone = undo_report(change_set_id)
        taken += undone.whole + undone.removed
        kept += undone.partly + undone.untouched
    upload.report = {**upload.report, "reverted": {"taken": taken, "kept": kept}}
    upload.state, upload.finished_at = State.REVERTED, now()
    upload.save(update_fields=["report", "state", "finished_at"])
    _forget_files(upload)


def _told(progress: Callable[[int, int], None], before: int, whole: int, done: int, _total: int) -> None:
    progress(before + done, whole)


def _forget_files(upload: Upload) -> None:
    for path in (upload.path, upload.images_path):
        if path:
            (folder() / path).unlink(missing_ok=True)


def forget_old_uploads() -> int:
    """Delete files that were left lying for a week, and what imports of a month ago kept; return how many."""
    count = 0
    for upload in Upload.objects.filter(state__in=OPEN, created_at__lt=now() - KEPT):
        _forget_files(upload)
        upload.delete()
        count += 1
    return count
