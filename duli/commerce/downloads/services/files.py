"""What staff do with the files that are sold."""

from __future__ import annotations

from typing import BinaryIO

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Variant
from duli.commerce.downloads import locks, storage
from duli.commerce.downloads.models import DownloadFile, DownloadRules
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
        with transaction.atomic():
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
    row = locks.lock_file(file_id)
    called = one_line(name.replace("/", " ").replace("\\", " "), 200)
    if not called:
        raise InvalidInput(field="name")
    _check(days or 0, most or 0)
    row.name, row.days, row.most = called, days, most
    row.save(update_fields=["name", "days", "most"])
    _note(row, "file_changed", actor)
    return row


def _check(days: int, most: int) -> None:
    if not 0 <= days <= MAXIMUM_DAYS:
        raise InvalidInput(field="days")
    if not 0 <= most <= MAXIMUM_USES:
        raise InvalidInput(field="most")


@transaction.atomic
def remove_file(*, file_id: int, actor: str) -> None:
    """Give a file to no new buyer; it is deleted only where nobody has bought it. NotFound."""
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
