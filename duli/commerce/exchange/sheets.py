"""Excel workbooks as CSV, row by row: whatever reads CSV reads them too, with the same row numbers."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from duli.commerce.exchange.reading import CELL_LIMIT, FileProblem
from duli.commerce.exchange.types import CellTooLong, FileNotText, WorkbookTooLarge

UNPACKED_LIMIT = 400 * 1024 * 1024
RATIO_LIMIT = 250
"""How many times larger a packed part may become; real workbooks stay below 30."""
WIDEST = 1000


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return False
    try:
        with zipfile.ZipFile(path) as packed:
            return "[Content_Types].xml" in packed.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


@contextmanager
def as_csv(path: Path) -> Iterator[Path]:
    """Give the file itself, or the first sheet of a workbook as a CSV beside it. FileProblem.

    What a workbook says about its size is checked before anything is unpacked, and again by counting.
    """
    if not is_workbook(path):
        yield path
        return
    _check(path)
    with tempfile.TemporaryDirectory(prefix="duli-sheet-") as folder:
        target = Path(folder) / "sheet.csv"
        _write(path, target)
        yield target


def _check(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        bomb = any(part.file_size > RATIO_LIMIT * max(part.compress_size, 4096) for part in parts)
    if unpacked > UNPACKED_LIMIT or bomb or len(parts) > 5000:
        raise FileProblem(0, WorkbookTooLarge(field="file", megabytes=UNPACKED_LIMIT // 1024 // 1024))


def _write(path: Path, target: Path) -> None:
    import openpyxl  # only who imports a workbook needs it

    number = 0
    size = 0
    try:
        # Handed over open: by its name the library would refuse a workbook that is not called .xlsx.
        with path.open("rb") as packed, target.open("w", encoding="utf-8", newline="") as file:
            book = openpyxl.load_workbook(packed, read_only=True, data_only=True)
            try:
                writer = csv.writer(file)
                for row in book.worksheets[0].iter_rows(values_only=True, max_col=WIDEST):
                    number += 1
                    cells = [_text(value, number) for value in row]
                    while cells and not cells[-1]:
                        cells.pop()
                    size += sum(map(len, cells))
                    if size > UNPACKED_LIMIT:
                        raise FileProblem(number, WorkbookTooLarge(field="file", megabytes=UNPACKED_LIMIT >> 20))
                    writer.writerow(cells or [""])
            finally:
                book.close()
    except FileProblem:
        raise
    except Exception as error:
        # The library raises whatever the damaged part made it stumble over.
        raise FileProblem(number, FileNotText(field="file")) from error


def _text(value: Any, row: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    text = str(value)
    if len(text) > CELL_LIMIT:
        raise FileProblem(row, CellTooLong(field="file", limit=CELL_LIMIT))
    return text.replace("\0", "")
