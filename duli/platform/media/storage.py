"""Where media are kept: the protocol of a store, the one for a folder, and the registry of others.

Names are paths below the store's root, written with slashes: ``originals/ab/<hash>.<ext>`` and
``r/<id>-<hash8>/<width>.<ext>``. A name's content never changes, so that any number of processes may share a store.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from duli.base.errors import DuliError
from duli.base.registry import Registry


def _(message: str) -> str:
    return message


class StorageUnreachable(DuliError):
    """The store did not answer, or let nobody in; `reason` is its own word, for operators."""

    code = "media_store_unreachable"
    message = _("The place where pictures are kept does not answer. Nothing was changed; try again in a moment.")
    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """What the operator set: `url` names the place, the rest says how to get in (empty: the program's own defaults)."""

    url: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file opened for reading, from the byte that was asked for; `size` is that of the whole file."""

    stream: BinaryIO
    size: int


class MediaStorage(Protocol):
    """Called from several threads at once. A store that does not answer raises StorageUnreachable."""

    def open(self, name: str, first: int = 0, last: int | None = None) -> Opened | None:
        """Open a file at byte `first`, to read no further than byte `last`; None if there is no such file.

        The stream may hold more than was asked for: whoever reads counts.
        """
        ...

    def size(self, name: str) -> int | None:
        """Return the bytes of a file, or None if there is no such file."""
        ...

    def keep(self, temporary: Path, name: str) -> None:
        """Take over a complete file of this machine; readers see it whole or not at all."""
        ...

    def local(self, name: str) -> AbstractContextManager[Path]:
        """Give a path of this machine with the file's content; FileNotFoundError if there is none."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens if there is none."""
        ...

    def remove_below(self, folder: str) -> None:
        """Remove everything whose name starts with `folder` and a slash."""
        ...

    def check(self) -> None:
        """Write, read and remove a small file; StorageUnreachable says what is wrong."""
        ...


class FolderStorage:
    """A folder of this machine, or one that several machines have mounted."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, name: str, first: int = 0, last: int | None = None) -> Opened | None:
        try:
            stream = (self._root / name).open("rb")
        except (FileNotFoundError, IsADirectoryError):
            return None
        size = os.fstat(stream.fileno()).st_size
        stream.seek(first)
        return Opened(stream, size)

    def size(self, name: str) -> int | None:
        try:
            return (self._root / name).stat().st_size
        except FileNotFoundError:
            return None

    def keep(self, temporary: Path, name: str) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, path)

    def local(self, name: str) -> AbstractContextManager[Path]:
        return nullcontext(self._root / name)

    def remove(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)

    def remove_below(self, folder: str) -> None:
        shutil.rmtree(self._root / folder, ignore_errors=True)

    def check(self) -> None:
        if self._root.is_dir() and not os.access(self._root, os.W_OK):
            raise StorageUnreachable(str(self._root))


storages: Registry[Callable[[StorageOptions], MediaStorage]] = Registry("media store")
"""A plugin registers what makes its store under the scheme of its addresses, such as "s3"."""


def current() -> MediaStorage:
    """Return the store of this shop. LookupError if no plugin knows its scheme."""
    options: StorageOptions = settings.MEDIA_STORAGE
    scheme = urlsplit(options.url).scheme
    if scheme in ("", "file"):
        return FolderStorage(Path(settings.MEDIA_ROOT))
    return _made(scheme, options)


@lru_cache(maxsize=4)
def _made(scheme: str, options: StorageOptions) -> MediaStorage:
    return storages.get(scheme)(options)
