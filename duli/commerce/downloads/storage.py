"""Where sold files lie: beside the shop's media, under names of our own below a folder that no address reaches."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from duli.base.ids import new_token
from duli.commerce.downloads.types import FileTooLarge
from duli.platform.media import files, storage

FOLDER = "private/downloads"
MAXIMUM_MEGABYTES = 5_000
_CHUNK = 1024 * 1024


def store(file: BinaryIO) -> tuple[str, int, str]:
    """Write the file piece by piece; return its name here, its size and its hash. FileTooLarge leaves nothing.

    It lies where the shop's media lie, so that every process and machine of the shop can give it out.
    """
    name = f"{FOLDER}/{new_token()}"
    digest = hashlib.sha256()
    size = 0
    with files.written(name) as target:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > MAXIMUM_MEGABYTES * 1024 * 1024:
                raise FileTooLarge(megabytes=MAXIMUM_MEGABYTES, field="file")
            digest.update(chunk)
            target.write(chunk)
    return name, size, digest.hexdigest()


def is_there(name: str) -> bool:
    """Say whether the store has the file. StorageUnreachable."""
    return storage.current().size(name) is not None


def opened(name: str, first: int, last: int) -> BinaryIO | None:
    """Open a file at byte `first`, to read no further than byte `last`; None if the store has lost it."""
    found = storage.current().open(name, first, last)
    return found.stream if found else None


def remove(name: str) -> None:
    storage.current().remove(name)
