"""Opening a file of unknown making: packing, encoding, delimiter, records. Nothing is held in memory but one record."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.exchange.types import (
    CellTooLong,
    ColumnTwice,
    ControlCharacter,
    EncodingUnknown,
    FileEmpty,
    FileNotText,
    QuotesBroken,
    Row,
)

CELL_LIMIT = 1_000_000
_LINE_LIMIT = 4 * CELL_LIMIT
_CHUNK = 1 << 20
_REPLACED = "\ufffd"
_NOT_WORD = re.compile(r"[^\w]+")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = bytes([*range(9), *range(14, 32)])
_MAGIC = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!")


class FileProblem(Exception):
    """The file as a whole cannot be read; `row` is where it was noticed (0: before the first)."""

    def __init__(self, row: int, error: DuliError) -> None:
        super().__init__(str(error))
        self.row = row
        self.error = error


def column_name(text: str) -> str:
    """Return a header as it is compared: lower case, words separated by single spaces ("variant price")."""
    return _NOT_WORD.sub(" ", text.lower().replace("_", " ")).strip()


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Give the file as a seekable binary stream, unpacked if it is gzip."""
    with tempfile.TemporaryFile() as copy:
        if isinstance(source, Path):
            with source.open("rb") as file:
                if file.read(2) != b"\x1f\x8b":
                    file.seek(0)
                    yield file
                    return
                file.seek(0)
                _unpack(file, copy)
        else:
            head = source.read(2)
            shutil.copyfileobj(_Chained(head, source), copy, _CHUNK)
            copy.seek(0)
            if head == b"\x1f\x8b":
                with tempfile.TemporaryFile() as unpacked:
                    _unpack(copy, unpacked)
                    unpacked.seek(0)
                    yield unpacked
                return
        copy.seek(0)
        yield copy


class _Chained:
    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.head, self.rest = head, rest

    def read(self, size: int = -1) -> bytes:
        head, self.head = self.head, b""
        return head + self.rest.read(size)


def _unpack(packed: BinaryIO, target: BinaryIO) -> None:
    try:
        with gzip.GzipFile(fileobj=packed) as unpacked:
            shutil.copyfileobj(unpacked, target, _CHUNK)
    except (OSError, EOFError):
        raise FileProblem(0, FileNotText(field="file")) from None


def fingerprint(file: BinaryIO) -> str:
    """Return the SHA-256 of the stream, which is rewound."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding: what the byte order mark says, else UTF-8 if all of it is, else GB18030.

    FileProblem with FileEmpty, FileNotText or EncodingUnknown.
    """
    file.seek(0)
    head = file.read(65536)
    if not head.strip():
        raise FileProblem(0, FileEmpty(field="file"))
    for mark, name in _BOMS:
        if head.startswith(mark):
            if _readable(file, name) is not None:
                raise FileProblem(_broken_row(file, name), EncodingUnknown(field="file"))
            return name
    # A stray control character is a damaged row, which gets its number later; many are another kind of file.
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if head.startswith(_MAGIC) or controls > len(head) // 100 + 3:
        raise FileProblem(0, FileNotText(field="file"))
    readable = {}
    for name in ("utf-8", "gb18030"):
        far = _readable(file, name)
        if far is None:
            return name
        readable[name] = far
    # It was meant to be the one in which most of it can be read.
    raise FileProblem(_broken_row(file, max(readable, key=readable.__getitem__)), EncodingUnknown(field="file"))


def _readable(file: BinaryIO, encoding: str) -> int | None:
    """Return how many bytes can be read before the first that cannot; None if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    done = 0
    try:
        while chunk := file.read(_CHUNK):
            done += len(chunk)
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return done - len(error.object) + error.start
    return None


def _broken_row(file: BinaryIO, encoding: str) -> int:
    """Return the number of the first record with something that cannot be read, 0 if no record comes so far."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        return next((number for number, cells in _records(text) if any(_REPLACED in cell for cell in cells)), 0)
    except FileProblem as problem:
        return problem.row
    finally:
        text.detach()


def _lines(text: TextIO) -> Iterator[str]:
    """Yield lines; one that never ends is cut off before it fills the memory."""
    while line := text.readline(_LINE_LIMIT):
        if len(line) >= _LINE_LIMIT:
            raise CellTooLong(field="file", limit=CELL_LIMIT)
        yield line


def _delimiter(header: str) -> str:
    bare = re.sub(r'"[^"]*"', "", header)
    return max(",;\t|", key=bare.count)


@dataclass(slots=True)
class Table:
    """A file's columns, as compared and as written, and its records."""

    columns: list[str]
    titles: list[str]
    encoding: str
    records: Iterator[tuple[int, list[str]]]

    def rows(self) -> Iterator[Row]:
        for number, cells in self.records:
            yield Row(number, dict(zip(self.columns, cells, strict=False)))


def read_table(file: BinaryIO) -> Table:
    """Return the table in a CSV file; its records are read while they are asked for, `file` belongs to it then.

    Both this and the reading raise FileProblem with the row where the file stops making sense.
    """
    encoding = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    records = _records(text)
    try:
        _, titles = next(records)
    except StopIteration:
        raise FileProblem(0, FileEmpty(field="file")) from None
    while titles and not titles[-1].strip():
        titles.pop()
    columns = [column_name(title) or f"column {index}" for index, title in enumerate(titles)]
    if not columns:
        raise FileProblem(1, FileEmpty(field="file"))
    for index, column in enumerate(columns):
        if column in columns[:index]:
            raise FileProblem(1, ColumnTwice(field="file", column=one_line(titles[index], 60)))
    return Table(columns, titles, encoding, records)


def _records(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of every record that is not blank; the number counts blank ones too."""
    csv.field_size_limit(CELL_LIMIT)
    lines = _lines(text)
    number = 0
    try:
        first = next(lines, "")
        if not first.strip(" \t\r\n\ufeff"):
            # A blank line before the header is common in hand-made files.
            number += 1 if first else 0
            first = next(lines, "")
        if not first:
            return
        reader = csv.reader(_after(first, lines), delimiter=_delimiter(first), strict=True)
        for cells in reader:
            number += 1
            if any("\0" in cell for cell in cells):
                raise FileProblem(number, ControlCharacter(field="file"))
            if any(cell and not cell.isspace() for cell in cells):
                yield number, cells
    except csv.Error as error:
        if "field larger" in str(error):
            raise FileProblem(number + 1, CellTooLong(field="file", limit=CELL_LIMIT)) from None
        raise FileProblem(number + 1, QuotesBroken(field="file")) from None
    except CellTooLong as error:
        raise FileProblem(number + 1, error) from None


def _after(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
