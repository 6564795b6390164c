"""Where the pictures of an import come from: a folder or zip beside the file, or their addresses."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.exchange.fetching import HOST_GIVEN_UP, MAXIMUM_BYTES, FetchFailed, ImageFetcher, fetchers
from duli.commerce.exchange.types import FileNotText, ImageNotFound, ImagesNotFetched, ImageUnreachable

_AT_ONCE = 8
_GIVE_UP_HOST_AFTER = 10


class ImageSource:
    """Finds pictures by the address in a file; `files` is a folder, a zip, or None."""

    def __init__(self, files: Path | BinaryIO | None, fetcher: ImageFetcher | None = None) -> None:
        self._folder: dict[str, Path] = {}
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._fetcher = fetcher or (fetchers.get("http") if "http" in fetchers else None)
        self._failures: Counter[str] = Counter()
        if isinstance(files, Path) and files.is_dir():
            for path in sorted(files.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    self._remember(self._folder, path.relative_to(files).as_posix(), path)
        elif files is not None:
            try:
                self._zip = zipfile.ZipFile(files)
            except (zipfile.BadZipFile, OSError):
                raise FileNotText(field="images") from None
            for member in self._zip.infolist():
                if not member.is_dir():
                    self._remember(self._members, member.filename, member)

    @staticmethod
    def _remember(index: dict[str, Path] | dict[str, zipfile.ZipInfo], name: str, entry: object) -> None:
        for alias in (name.lower(), PurePosixPath(name).name.lower()):
            index.setdefault(alias, entry)  # type: ignore[arg-type]

    def __enter__(self) -> ImageSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    def knows(self, address: str) -> bool:
        """Return whether a picture is at hand, or may be fetched, without trying."""
        return bool(self._local(address)) or (_is_url(address) and self._fetcher is not None)

    def problem(self, address: str) -> DuliError:
        """Return why `knows` said no."""
        shown = one_line(address, 200)
        if _is_url(address):
            return ImagesNotFetched(field="image", address=shown)
        return ImageNotFound(field="image", address=shown)

    def get_all(self, addresses: Sequence[str]) -> Iterator[tuple[str, bytes | DuliError]]:
        """Yield each address with its content or the reason why there is none, as they come in."""
        remote = []
        for address in addresses:
            if self._local(address):
                yield address, self._read(address)
            elif not self.knows(address):
                yield address, self.problem(address)
            else:
                remote.append(address)
        if remote:
            yield from self._fetch(remote)

    def _fetch(self, addresses: Sequence[str]) -> Iterator[tuple[str, bytes | DuliError]]:
        waiting = list(reversed(addresses))
        running: dict[Future[bytes], str] = {}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="image-fetch") as pool:
            while waiting or running:
                # Only as many as there are threads: what has come in is stored before more is asked for.
                while waiting and len(running) < _AT_ONCE:
                    address = waiting.pop()
                    running[pool.submit(self._fetch_one, address)] = address
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    address = running.pop(future)
                    try:
                        yield address, future.result()
                    except FetchFailed as error:
                        shown = one_line(address, 200)
                        yield address, ImageUnreachable(field="image", address=shown, reason=gettext_lazy(error.reason))

    def _fetch_one(self, address: str) -> bytes:
        host = urlsplit(address).netloc
        if self._failures[host] >= _GIVE_UP_HOST_AFTER:
            raise FetchFailed(reason=HOST_GIVEN_UP)
        assert self._fetcher is not None
        try:
            content = self._fetcher(address)
        except FetchFailed:
            self._failures[host] += 1
            raise
        self._failures[host] = 0
        return content

    def _local(self, address: str) -> str:
        """Return the name under which the picture is in the folder or zip, or ""."""
        name = unquote(urlsplit(address).path) if _is_url(address) else address.replace("\\", "/")
        for alias in (name.strip("/").lower(), PurePosixPath(name).name.lower()):
            if alias and (alias in self._folder or alias in self._members):
                return alias
        return ""

    def _read(self, address: str) -> bytes | DuliError:
        alias = self._local(address)
        try:
            if alias in self._folder:
                with self._folder[alias].open("rb") as file:
                    return file.read(MAXIMUM_BYTES + 1)
            assert self._zip is not None
            with self._zip.open(self._members[alias]) as packed:
                return packed.read(MAXIMUM_BYTES + 1)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
            return ImageNotFound(field="image", address=one_line(address, 200))


def _is_url(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))
