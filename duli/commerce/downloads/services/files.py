"""What staff do with the files that are sold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Variant
from duli.commerce.downloads import locks, storage
from duli.commerce.downloads.models import DownloadFile, DownloadRules
from duli.commerce.revisions.models import ChangeKind
from duli.commerce.revisions.services import open_change_set, recording
from duli.platform.audit.services import record
from duli.platform.store.seen import Seen, hold

MOST_FILES = 20
MAXIMUM_DAYS = 3650
MAXIMUM_USES = 10_000


def add_file(*, variant_id: int, file: BinaryIO, name: str, actor: str) -> DownloadFile:
    """Keep a file for the buyers of a variant, piece by piece whatever its size; those who bought before get none.

    NotFound, InvalidInput (no name, an empty file, too many), FileTooLarge.
    """
    called = one_line(name.replace("/", " ").replace("\\", " "), 200)
    if not called:
        raise InvalidInput(field="name")
    stored, size, digest = storage.store(file)
    try:
        with _kept(variant_id, actor):
            if not Variant.objects.filter(pk=variant_id, is_active=True).exists():
                raise NotFound()
            count = DownloadFile.objects.filter(variant_id=variant_id, is_active=True).count()
            if not size or count >= MOST_FILES:
                raise InvalidInput(field="file")
            row = DownloadFile.objects.create(
                variant_id=variant_id,
                name=called,
                stored=stored,
                size=size,
                sha256=digest,
                position=count,
                created_at=now(),
            )
            _note(row, "file_added", actor)
    except BaseException:
        storage.remove(stored)
        raise
    return row


@transaction.atomic
def change_file(*, file_id: int, name: str, days: int | None, most: int | None, actor: str) -> DownloadFile:
    """Rename a file and set its limits (None: the shop's own, 0: none); grants that are out stay as they are.

    NotFound, InvalidInput.
    """
    called = one_line(name.replace("/", " ").replace("\\", " "), 200)
    if not called:
        raise InvalidInput(field="name")
    _check(days or 0, most or 0)
    with _kept(_variant_of(file_id), actor):
        row = locks.lock_file(file_id)
        row.name, row.days, row.most = called, days, most
        row.save(update_fields=["name", "days", "most"])
        _note(row, "file_changed", actor)
    return row


def _variant_of(file_id: int) -> int:
    return DownloadFile.objects.filter(pk=file_id).values_list("variant_id", flat=True).first() or 0


@contextmanager
def _kept(variant_id: int, actor: str) -> Iterator[None]:
    """Keep in the product's history what the block changes of a variant's files."""
    product_ids = list(Variant.objects.filter(pk=variant_id).values_list("product_id", flat=True))
    with transaction.atomic():
        change_set = open_change_set(kind=ChangeKind.EDITOR, actor=actor)
        with recording(change_set=change_set, product_ids=product_ids):
            yield


def _check(days: int, most: int) -> None:
    if not 0 <= days <= MAXIMUM_DAYS:
        raise InvalidInput(field="days")
    if not 0 <= most <= MAXIMUM_USES:
        raise InvalidInput(field="most")


@transaction.atomic
def remove_file(*, file_id: int, actor: str) -> None:
    """Give a file to no new buyer; it is deleted only where nobody has bought it. NotFound."""
    with _kept(_variant_of(file_id), actor):
        row = locks.lock_file(file_id)
        _note(row, "file_removed", actor)
        if row.grants.exists():
            row.is_active = False
            row.save(update_fields=["is_active"])
            return
        stored = row.stored
        row.delete()
    transaction.on_commit(lambda: storage.remove(stored))


@transaction.atomic
def arrange_files(
    *, variant_id: int, files: Sequence[tuple[int, str, int | None, int | None]], actor: str
) -> list[str]:
    """Give the buyers of a variant exactly these files, (id or 0, name, days, most), as far as they are still kept.

    A file without id is recognised by its name. One that is not named goes to no new buyer, one that was taken away
    comes back if somebody has bought it. Return the names of those that are gone. InvalidInput.
    """
    rows = {row.pk: row for row in DownloadFile.objects.filter(variant_id=variant_id).order_by("position", "pk")}
    missing: list[str] = []
    kept: list[int] = []
    for pk, name, days, most in files:
        row = rows.get(pk) or next(
            (row for row in rows.values() if row.name == name and row.pk not in kept and (row.is_active or pk)), None
        )
        if row is None or row.pk in kept:
            missing.append(name)
            continue
        _check(days or 0, most or 0)
        wanted = (name, days, most, len(kept), True)
        if (row.name, row.days, row.most, row.position, row.is_active) != wanted:
            changed = (row.name, row.days, row.most, row.is_active) != (name, days, most, True)
            row.name, row.days, row.most, row.position, row.is_active = wanted
            row.save(update_fields=["name", "days", "most", "position", "is_active"])
            if changed:
                _note(row, "file_changed", actor)
        kept.append(row.pk)
    for row in rows.values():
        if row.is_active and row.pk not in kept:
            row.is_active = False
            row.save(update_fields=["is_active"])
            _note(row, "file_removed", actor)
    return missing


@transaction.atomic
def save_rules(*, days: int, most: int, seen: Seen | None = None) -> DownloadRules:
    """Set how long (days) and how often files may be downloaded where a file says nothing else; 0: no limit.

    InvalidInput.
    """
    _check(days, most)
    hold("downloads.rules", seen)
    row, _made = DownloadRules.objects.update_or_create(pk=1, defaults={"days": days, "most": most})
    return row


def _note(row: DownloadFile, action: str, actor: str) -> None:
    record(
        area="products",
        action=action,
        reference=f"variant:{row.variant_id}",
        label=row.name,
        changes={"name": (None, row.name)},
        actor=actor,
    )
