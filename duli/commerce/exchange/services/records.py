"""The run of an import of customers, orders or redirects: record by record, many in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.exchange.models import ImportedThing, Upload
from duli.commerce.exchange.reading import FileProblem, Table, opened, read_table
from duli.commerce.exchange.records import KINDS
from duli.commerce.exchange.records.base import Kind, Outcome, named
from duli.commerce.exchange.report import REPORTED, ImportReport
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import FieldNotNamed, NotStored, Refusal, Row, TooManyCells, ValueMissing

BATCH = 50
Progress = Callable[[int, int], bool]
"""Told (records done, in all) after each batch; answers whether to go on."""


def run_records(
    *,
    upload: Upload,
    source: Path,
    report: ImportReport,
    dry_run: bool,
    skip: int = 0,
    progress: Progress | None = None,
) -> bool:
    """Read the file to its end, then write its records from the `skip`-th on; False if `progress` stopped it.

    A file that cannot be read changes nothing and leaves `report.failed`. Each record is taken whole or refused
    with a reason. A dry run does everything and takes it back.
    """
    kind = KINDS[upload.kind]
    try:
        for field in kind.fields:
            if field.required and not upload.mapping.get(field.code):
                raise FieldNotNamed(field=field.code, label=str(field.label))
        with opened(source) as file, Spool() as spool:
            table = read_table(file)
            report.encoding = table.encoding
            _spool(table, kind, upload.mapping, spool, report, count_refused=not skip)
            total = spool.close_groups()
            groups = islice(spool.groups(), skip, None)
            done = skip
            while batch := list(islice(groups, BATCH)):
                with transaction.atomic():
                    outcomes = _take(kind, upload, batch, report)
                    kind.finish([outcome.object_id for outcome in outcomes if outcome.created])
                    if dry_run:
                        transaction.set_rollback(True)
                    else:
                        _remember(upload, outcomes)
                        Upload.objects.filter(pk=upload.pk).update(
                            done=done + len(batch), total=total, earlier=report.as_json(limit=REPORTED)
                        )
                done += len(batch)
                if progress is not None and not progress(done, total):
                    return False
    except FileProblem as problem:
        report.failed = True
        report.add_refused([Refusal(problem.row, "", "file", problem.error)])
    except DuliError as error:
        report.failed = True
        report.add_refused([Refusal(0, "", "file", error)])
    return True


def _spool(
    table: Table, kind: Kind, mapping: Mapping[str, str], spool: Spool, report: ImportReport, *, count_refused: bool
) -> None:
    spool.columns[""] = table.columns
    width = len(table.columns)
    for number, cells in table.records:
        report.rows += 1
        error: DuliError | None = None
        if any(cell.strip() for cell in cells[width:]):
            error = TooManyCells(field="row", cells=len(cells), columns=width)
        row = named(Row(number, dict(zip(table.columns, cells, strict=False))), mapping)
        key = "" if error else kind.key(row.cells, number)
        if not key and error is None:
            error = ValueMissing(field="key", column=next(iter(mapping.values()), ""))
        if error is None:
            spool.add("", key, number, cells[:width])
        elif count_refused:
            report.add_refused([Refusal(number, "", "row", error)])
            report.things.refused += 1


def _take(
    kind: Kind, upload: Upload, batch: list[tuple[str, dict[str, list[Row]]]], report: ImportReport
) -> list[Outcome]:
    outcomes = []
    for _key, found in batch:
        rows = [named(row, upload.mapping) for row in found[""]]
        try:
            with transaction.atomic():
                outcome = kind.save(rows, upload.actor, upload.report.get("source") or "file")
        except DuliError as error:
            _name_column(error, kind, upload.mapping)
            report.add_refused([Refusal(rows[0].number, "", "record", error)])
            report.things.refused += 1
            continue
        except DatabaseError as error:
            refused = NotStored(field="record", detail=one_line(type(error).__name__, 60))
            report.add_refused([Refusal(rows[0].number, "", "record", refused)])
            report.things.refused += 1
            continue
        report.add_notes(Refusal(rows[0].number, "", "record", note) for note in outcome.notes)
        if outcome.created:
            report.things.created += 1
        elif outcome.changed:
            report.things.updated += 1
        else:
            report.things.unchanged += 1
        if outcome.created or outcome.changed:
            outcomes.append(outcome)
    return outcomes


def _name_column(error: DuliError, kind: Kind, mapping: Mapping[str, str]) -> None:
    """Let an error call a column as the file does, where it knows the field alone."""
    code = error.params.get("column", "")
    field = next((entry for entry in kind.fields if entry.code == code), None)
    if field is not None:
        error.params["column"] = mapping.get(field.code) or str(field.label)


def _remember(upload: Upload, outcomes: list[Outcome]) -> None:
    """Keep what records were before, so that the import can be taken back. A record that came twice keeps its first."""
    ImportedThing.objects.bulk_create(
        [
            ImportedThing(upload=upload, object_id=outcome.object_id, before=outcome.before, after=outcome.after)
            for outcome in outcomes
        ],
        ignore_conflicts=True,
    )
    known = {
        row.object_id: row
        for row in ImportedThing.objects.filter(upload=upload, object_id__in=[entry.object_id for entry in outcomes])
    }
    late: list[Any] = []
    for outcome in outcomes:
        row = known[outcome.object_id]
        if row.after != outcome.after:
            row.after = outcome.after
            late.append(row)
    ImportedThing.objects.bulk_update(late, ["after"])


def revert_records(*, upload: Upload, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """Take back what an import of records did, the latest first; return how many were taken back and how many kept.

    What somebody has changed since stays. Started again after a crash it goes on where it was.
    """
    kind = KINDS[upload.kind]
    total = ImportedThing.objects.filter(upload=upload).count()
    taken = ImportedThing.objects.filter(upload=upload, reverted=True).count()
    kept = 0
    last = None
    while True:
        rows = ImportedThing.objects.filter(upload=upload, reverted=False).order_by("-pk")
        batch = list(rows.filter(pk__lt=last)[:BATCH] if last else rows[:BATCH])
        if not batch:
            return {"taken": taken, "kept": kept}
        last = batch[-1].pk
        for row in batch:
            with transaction.atomic():
                if kind.revert(row.object_id, row.before, row.after, upload.actor):
                    ImportedThing.objects.filter(pk=row.pk).update(reverted=True, before=None)
                    taken += 1
                else:
                    kept += 1
        if progress is not None:
            progress(taken + kept, total)
