"""Where sold files lie: a private folder under names of our own, out of reach of every public address."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from duli.base.ids import short_code
from duli.commerce.downloads.types import FileTooLarge

MAXIMUM_MEGABYTES = 5_000
_CHUNK = 1024 * 1024


def folder() -> Path:
    return Path(settings.DATA_DIR) / "downloads"


def store(file: BinaryIO) -> tuple[str, int, str]:
    """Write the file piece by piece; return its name here, its size and its hash. FileTooLarge leaves nothing."""
    folder().mkdir(parents=True, exist_ok=True)
    name = short_code(32)
    target = folder() / name
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as written:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > MAXIMUM_MEGABYTES * 1024 * 1024:
                    raise FileTooLarge(megabytes=MAXIMUM_MEGABYTES, field="file")
                digest.update(chunk)
                written.write(chunk)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name, size, digest.hexdigest()


def remove(name: str) -> None:
    (folder() / name).unlink(missing_ok=True)
