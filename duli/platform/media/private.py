"""Files for a few eyes only, kept beside the public ones and reached by no address of their own."""

from __future__ import annotations

import io
import zipfile

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.base.text import one_line
from duli.platform.media import files, storage
from duli.platform.media.models import PrivateFile
from duli.platform.media.storage import Opened
from duli.platform.media.types import FileTooLarge, UnsupportedFile

MAXIMUM_MEGABYTES = 10
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")
_TEXTS = {"txt": "text/plain", "csv": "text/csv"}


def store_private(*, content: bytes, name: str, reference: str, actor: str, only_pictures: bool = False) -> PrivateFile:
    """Keep a picture (without its metadata), a PDF, an OFD or a plain text, by its content, not by its name.

    The row is written in the caller's transaction; FileTooLarge beyond 10 MB, UnsupportedFile for anything else,
    and what `inspect` says of a broken picture.
    """
    from duli.platform.media.images import inspect

    words = one_line(name, 255) or "file"
    if len(content) > MAXIMUM_MEGABYTES * 1024 * 1024:
        raise FileTooLarge(name=words, megabytes=MAXIMUM_MEGABYTES)
    mime, extension = ("", "") if only_pictures else _plain(content, words)
    if not mime:
        picture = inspect(content, words)
        content, mime, extension = picture.content, picture.mime, picture.extension
    path = f"private/{new_token()}.{extension}"
    with files.written(path) as target:
        target.write(content)
    return PrivateFile.objects.create(
        reference=reference,
        file=path,
        name=words,
        mime=mime,
        bytes=len(content),
        actor=actor,
        created_at=now(),
    )


def _plain(content: bytes, name: str) -> tuple[str, str]:
    """Return type and ending of what is not a picture, or nothing. UnsupportedFile for what may run or hide."""
    if content.startswith(b"%PDF-"):
        return "application/pdf", "pdf"
    if content.startswith(b"PK\x03\x04") and _is_ofd(content):
        return "application/ofd", "ofd"
    extension = name.rpartition(".")[2].lower()
    if extension in _TEXTS:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise UnsupportedFile(name=name) from None
        if not content or "\x00" in text:
            raise UnsupportedFile(name=name)
        return _TEXTS[extension], extension
    return "", ""


def _is_ofd(content: bytes) -> bool:
    """Say whether an archive is a document of China's fixed layout (GB/T 33190): only its table of contents is read."""
    try:
        return "OFD.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def private_file(*, file_id: int, reference: str) -> PrivateFile:
    """Return a file that belongs to `reference`. NotFound for one of anything else."""
    found = PrivateFile.objects.filter(pk=file_id, reference=reference).first()
    if found is None:
        raise NotFound()
    return found


def open_private(row: PrivateFile) -> Opened:
    """Open a file for reading. NotFound if the store has lost it, StorageUnreachable."""
    opened = storage.current().open(row.file)
    if opened is None:
        raise NotFound()
    return opened


@transaction.atomic
def delete_private(*, references: list[str]) -> int:
    """Delete every file of these references; return how many. The bytes go when the transaction is committed."""
    rows = list(PrivateFile.objects.filter(reference__in=references))
    PrivateFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        transaction.on_commit(lambda name=row.file: storage.current().remove(name))  # type: ignore[misc]
    return len(rows)
